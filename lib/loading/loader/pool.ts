/** Makers of batches: this thread, or several worker threads. */
import { join } from 'node:path';
import { startThread, type Thread } from '../../base/child';
import { UserError } from '../../base/errors';
import { openPrepared } from '../prepared';
import { makeBatch, type Batch, type BatchJob } from './batch';
import type { WorkerReply, WorkerSetup } from './worker';

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

interface Order {
  job: BatchJob;
  resolve: (batch: Batch) => void;
  reject: (error: Error) => void;
}

/**
 * Makes batches in worker threads. They don't keep the process alive, and end with it. If none is
 * left, or none could be started, every batch fails with the error of the last one.
 */
export function makeInThreads(setup: WorkerSetup, threads: number, onNote: Note): BatchMaker {
  const waiting: Order[] = [];
  const workers = new Map<Thread, Order | undefined>();
  let lastWords = '';

  const next = (thread: Thread): void => {
    const order = waiting.shift();
    workers.set(thread, order);
    if (order) thread.worker?.postMessage(order.job);
  };
  const onReply = (thread: Thread, reply: WorkerReply): void => {
    if (reply.kind === 'note') return onNote(reply.note);
    const order = workers.get(thread);
    if (reply.kind === 'batch') order?.resolve(reply.batch);
    else order?.reject(errorOf(reply));
    next(thread);
  };
  const fail = ({ job, reject }: Order): void => {
    const names = `${job.cases.join(', ')} (step ${job.step})`;
    reject(
      new UserError(`the thread that loads ${names} ${lastWords}`, {
        field: 'cases',
        value: job.cases,
      }),
    );
  };
  const onDeath = (thread: Thread, how: string): void => {
    if (!workers.has(thread)) return;
    const order = workers.get(thread);
    workers.delete(thread);
    lastWords = how;
    if (order) fail(order);
    if (workers.size === 0) waiting.splice(0).forEach(fail);
  };
  for (let i = 0; i < threads; i++) {
    const thread = startThread(join(__dirname, 'worker.js'), { workerData: setup });
    workers.set(thread, undefined);
    thread.worker?.on('message', (reply: WorkerReply) => onReply(thread, reply));
    void thread.over.then((how) => onDeath(thread, how));
    thread.worker?.unref();
  }
  return {
    make: (job) =>
      new Promise((resolve, reject) => {
        if (workers.size === 0) return fail({ job, resolve, reject });
        waiting.push({ job, resolve, reject });
        const idle = [...workers].find(
          ([thread, order]) => order === undefined && thread.worker !== undefined,
        );
        if (idle) next(idle[0]);
      }),
    async close() {
      const all = [...workers.keys()];
      workers.clear();
      await Promise.all(all.map(async ({ worker }) => worker?.terminate()));
    },
  };
}

function errorOf({ message, details, stack }: Extract<WorkerReply, { kind: 'failed' }>): Error {
  if (details) return new UserError(message, details);
  const error = new Error(message);
  // The original stack, not that of the message's arrival.
  if (stack) error.stack = stack;
  return error;
}
