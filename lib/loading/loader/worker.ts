/** A thread that makes batches, one after another, for `pool.ts`. It has no TensorFlow. */
import { workerData } from 'node:worker_threads';
import { serveTasks } from '../../base/pool';
import type { CaseFiles } from '../../datasets/brats';
import { openPrepared, type PreparedOptions } from '../prepared';
import { makeBatch, type Batch, type BatchJob, type BatchSetup } from './batch';

export interface WorkerSetup extends BatchSetup {
  cases: readonly CaseFiles[];
  prepared: PreparedOptions;
}

export type BatchReply = { kind: 'note'; note: string } | { kind: 'done'; batch: Batch };

const setup = workerData as WorkerSetup;
const notes: string[] = [];
const prepared = openPrepared(setup.cases, setup.prepared, (note) => notes.push(note));

async function* make(job: BatchJob): AsyncGenerator<BatchReply> {
  let batch: Batch;
  try {
    batch = await makeBatch(job, prepared, setup);
  } finally {
    for (const note of notes.splice(0)) yield { kind: 'note', note };
  }
  yield { kind: 'done', batch };
}

function movedOf(reply: BatchReply): ArrayBuffer[] {
  if (reply.kind !== 'done') return [];
  const { images, regions } = reply.batch;
  return [images.buffer, regions.buffer] as ArrayBuffer[];
}

serveTasks(make, movedOf);
