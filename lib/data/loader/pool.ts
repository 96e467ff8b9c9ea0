/** Makers of batches: this thread, or several threads of their own. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ReaderError } from '../../errors';
import { openPrepared } from '../prepared';
import { makeBatch, type Batch, type BatchJob } from './batch';
import type { WorkerReply, WorkerSetup } from './worker';

export interface BatchMaker {
  /** Batches asked for first are begun first. */
  make(job: BatchJob): Promise<Batch>;
  /** Ends at once what is being made: its promise is never settled. */
  close(): Promise<void>;
}

type Note = (note: string) => void;

/** Makes a batch when it is asked for, in this thread. */
export function makeHere({ cases, prepared, ...setup }: WorkerSetup, onNote: Note): BatchMaker {
  const opened = openPrepared(cases, prepared, onNote);
  return { make: (job) => makeBatch(job, opened, setup), close: () => Promise.resolve() };
}

interface Order {
  job: BatchJob;
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/**
 * Makes batches in worker threads. They don't keep the process alive by themselves, and end with it.
 */
export function makeInThreads(setup: WorkerSetup, threads: number, onNote: Note): BatchMaker {
  const waiting: Order[] = [];
  const workers = new Map<Worker, Order | undefined>();

  const next = (worker: Worker): void => {
    const order = waiting.shift();
    workers.set(worker, order);
    if (order) worker.postMessage(order.job);
  };
  const onReply = (worker: Worker, reply: WorkerReply): void => {
    if (reply.kind === 'note') return onNote(reply.note);
    const order = workers.get(worker);
    if (reply.kind === 'batch') order?.resolve(reply.batch);
    else order?.reject(errorOf(reply));
    next(worker);
  };
  const onDeath = (worker: Worker, reason: string): void => {
    if (!workers.has(worker)) return;
    const order = workers.get(worker);
    workers.delete(worker);
    const lost = workers.size === 0 ? waiting.splice(0) : [];
    for (const { job, reject } of [...(order ? [order] : []), ...lost]) {
      const names = `${job.cases.join(', ')} (step ${job.step})`;
      reject(new Error(`the thread that loads ${names} ended: ${reason}`));
    }
  };
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(join(__dirname, 'worker.js'), { workerData: setup });
    workers.set(worker, undefined);
    worker.on('message', (reply: WorkerReply) => onReply(worker, reply));
    worker.on('error', (error) => onDeath(worker, error.message));
    worker.on('exit', (code) => onDeath(worker, `exit code ${code}`));
    worker.unref();
  }
  return {
    make: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject });
        const idle = [...workers].find(([, order]) => order === undefined);
        if (idle) next(idle[0]);
      }),
    async close() {
      const all = [...workers.keys()];
      workers.clear();
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}

function errorOf({ message, facts, stack }: Extract<WorkerReply, { kind: 'failed' }>): Error {
  if (facts) return new ReaderError(message, facts);
  const error = new Error(message);
  // Where it happened, and not where the message arrived.
  if (stack) error.stack = stack;
  return error;
}
