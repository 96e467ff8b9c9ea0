/** A thread that makes batches, one after another, for `pool.ts`. It has no TensorFlow. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError, type UserErrorDetails } from '../../base/errors';
import type { CaseFiles } from '../../datasets/brats';
import { openPrepared, type PreparedOptions } from '../prepared';
import { makeBatch, type Batch, type BatchJob, type BatchSetup } from './batch';

export interface WorkerSetup extends BatchSetup {
  cases: readonly CaseFiles[];
  prepared: PreparedOptions;
}

export type WorkerReply =
  | { kind: 'batch'; batch: Batch }
  | { kind: 'note'; note: string }
  /** `details` are those of a UserError; anything else has a stack. */
  | { kind: 'failed'; message: string; details?: UserErrorDetails; stack?: string };

const setup = workerData as WorkerSetup;
const prepared = openPrepared(setup.cases, setup.prepared, (note) => reply({ kind: 'note', note }));

function reply(message: WorkerReply, moved: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved);
}

async function make(job: BatchJob): Promise<void> {
  try {
    const batch = await makeBatch(job, prepared, setup);
    const buffers = [batch.images.buffer, batch.regions.buffer];
    reply({ kind: 'batch', batch }, buffers as ArrayBuffer[]);
  } catch (error) {
    const { message, stack } = error as Error;
    const details = error instanceof UserError ? { details: error.details } : { stack };
    reply({ kind: 'failed', message, ...details });
  }
}

parentPort?.on('message', (job: BatchJob) => void make(job));
