/** Makers of batches: this thread, or several worker threads. */
import { join } from 'node:path';
import { UserError } from '../../base/errors';
import { openPool, threadWorker } from '../../base/pool';
import { openPrepared } from '../prepared';
import { makeBatch, type Batch, type BatchJob } from './batch';
import type { BatchReply, WorkerSetup } from './worker';

export interface BatchMaker {
  /** Batches are started in the order of requests. */
  make(job: BatchJob): Promise<Batch>;
  /** Aborts the current batches: their promises are never settled. */
  close(): Promise<void>;
}

type Note = (note: string) => void;

/** Makes a batch when it is requested, in this thread. */
export function makeHere({ cases, prepared, ...setup }: WorkerSetup, onNote: Note): BatchMaker {
  const opened = openPrepared(cases, prepared, onNote);
  return { make: (job) => makeBatch(job, opened, setup), close: () => Promise.resolve() };
}

/** Makes batches in worker threads. They don't keep the process alive, and end with it. */
export function makeInThreads(setup: WorkerSetup, threads: number, onNote: Note): BatchMaker {
  const script = join(__dirname, 'worker.js');
  const pool = openPool<BatchJob, BatchReply>({
    size: threads,
    start: () => threadWorker(script, setup, { background: true }),
    requestOf: (job) => job,
    lost: ({ cases, step }, how) =>
      new UserError(`the thread that loads ${cases.join(', ')} (step ${step}) ${how}`, {
        code: 'PROCESS',
        field: 'cases',
        value: cases,
      }),
  });
  const onReply = (reply: BatchReply): void => {
    if (reply.kind === 'note') onNote(reply.note);
  };
  return { make: async (job) => (await pool.run(job, onReply)).batch, close: () => pool.close() };
}
