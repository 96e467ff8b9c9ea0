/**
 * Batches for training, prefetched in worker threads: cropping and augmentation take a good
 * part of a training step's time, and would delay it.
 */
import { UserError } from '../../base/errors';
import { usableCores } from '../../base/machine';
import { randomStream } from '../../base/random';
import type { CaseFiles } from '../../datasets/brats';
import { defaultPreparedFolder, type PreparedOptions } from '../prepared';
import { MEMORY_BYTES } from '../prepared/open-prepared';
import type { Batch, BatchJob } from './batch';
import { sampleSize, type SampleSettings } from './draw-sample';
import { requireCounts } from './order';
import { makeHere, makeInThreads } from './pool';
import type { WorkerSetup } from './worker';

export interface LoaderOptions {
  /** The data set's cases; at least those in `order`. */
  cases: readonly CaseFiles[];
  /** [steps * batch]: the case of each sample (`trainingOrder`, `metaOrder`). */
  order: readonly string[];
  /** Batch size. */
  batch: number;
  /** With `name`, the root of the samples' random streams. */
  seed: number;
  /** The loader's own name, such as "stage1/training". */
  name: string;
  settings: SampleSettings;
  /** First step, from 0; a run resumes at step s with the same batches as without interruption. */
  firstStep?: number;
  /** Threads; 0 makes each batch in this thread when it is requested. Default: cores - 1, from 1 to 4. */
  workers?: number;
  /**
   * Most batches that are ready or being made. Some samples take ten times as long as others (an elastic
   * deformation), so more small batches are prefetched; default: as many as 100 MB hold, up to 8, but at least
   * threads + 1. A batch of the paper's two samples is 115 MB, and its thread takes about twice that while it makes it.
   */
  ahead?: number;
  prepared?: PreparedOptions;
  /** Called with what was repaired in the folder of prepared cases or deleted from it. */
  onNote?: (note: string) => void;
}

export interface Loader extends AsyncIterable<Batch> {
  /** Steps of the whole order. */
  readonly steps: number;
  /** The step that comes next. */
  readonly step: number;
  /** Total waiting time of `next`. */
  readonly waitedMs: number;
  /**
   * The next batch. Its arrays are the caller's.
   * @throws UserError when the order is at its end or the loader closed; errors of a case,
   *   with its name, after which the loader is closed
   */
  next(): Promise<Batch>;
  /** Ends all threads; pending calls of `next` are rejected. */
  close(): Promise<void>;
}

const MOST_WORKERS = 4;

/**
 * Opens a loader, which starts to make batches at once. Close it when done; leaving a `for await` over
 * it closes it too. Batches don't depend on the number of threads.
 *
 * @throws UserError for an invalid option, or a case in `order` that isn't in `cases`
 */
export function openLoader(options: LoaderOptions): Loader {
  const { order, batch, firstStep = 0, onNote = () => undefined } = options;
  const { workers = Math.min(MOST_WORKERS, Math.max(1, usableCores() - 1)) } = options;
  const { ahead = defaultAhead(options, workers) } = options;
  checkOptions(options, workers, ahead);
  const steps = Math.floor(order.length / batch);
  const setup = setupOf(options, workers);
  const maker = workers === 0 ? makeHere(setup, onNote) : makeInThreads(setup, workers, onNote);

  const jobOf = (step: number): BatchJob => ({
    step,
    cases: order.slice(step * batch, (step + 1) * batch),
  });
  const made = new Map<number, Promise<Batch>>();
  let [step, asked, waitedMs] = [firstStep, firstStep, 0];
  const makeAhead = (): void => {
    if (workers === 0) return;
    for (; asked < steps && made.size < ahead; asked++) {
      const promise = maker.make(jobOf(asked));
      // Its error is thrown by the `next` that reaches it.
      promise.catch(() => undefined);
      made.set(asked, promise);
    }
  };

  let closing: Promise<void> | undefined;
  /** Rejects the calls that wait now. Racing with one lasting promise would keep every batch. */
  const waiting = new Set<(reason: Error) => void>();
  const closedError = (): UserError =>
    new UserError(`the loader ${options.name} is closed; open another`, {
      code: 'USAGE',
      field: 'loader',
    });
  const unlessClosed = <T>(promise: Promise<T>): Promise<T> => {
    let giveUp: (reason: Error) => void = () => undefined;
    return new Promise<T>((resolve, reject) => {
      giveUp = reject;
      waiting.add(giveUp);
      promise.then(resolve, reject);
    }).finally(() => waiting.delete(giveUp));
  };
  const close = (): Promise<void> => {
    for (const giveUp of waiting) giveUp(closedError());
    made.clear();
    closing ??= maker.close();
    return closing;
  };

  const next = async (): Promise<Batch> => {
    if (closing) throw closedError();
    if (step >= steps) {
      throw new UserError(
        `the loader ${options.name} has ${steps} steps and all are done; open one with a longer order`,
        { code: 'BAD_VALUE', field: 'steps', value: steps },
      );
    }
    const own = step++;
    const start = performance.now();
    // The threads alone don't keep the process alive; waiting for them does.
    const alive = setInterval(() => undefined, 2 ** 30);
    try {
      const making = made.get(own) ?? maker.make(jobOf(own));
      asked = Math.max(asked, own + 1);
      return await unlessClosed(making);
    } catch (error) {
      await close();
      throw error;
    } finally {
      clearInterval(alive);
      waitedMs += performance.now() - start;
      made.delete(own);
      if (!closing) makeAhead();
    }
  };

  makeAhead();
  return {
    steps,
    get step() {
      return step;
    },
    get waitedMs() {
      return waitedMs;
    },
    next,
    close,
    async *[Symbol.asyncIterator]() {
      try {
        while (step < steps) yield await next();
      } finally {
        await close();
      }
    },
  };
}

function defaultAhead({ settings, batch }: LoaderOptions, workers: number): number {
  const [depth, height, width] = sampleSize(settings);
  // Four scans and three regions, in float32.
  const bytes = batch * depth * height * width * 7 * 4;
  return Math.max(workers + 1, Math.min(8, Math.floor(100e6 / bytes)));
}

function setupOf(options: LoaderOptions, workers: number): WorkerSetup {
  const { cases, order, seed, name, settings, prepared = {} } = options;
  const used = new Set(order);
  // Each thread keeps its own cases in memory, within its share of the limit.
  const { memoryBytes = MEMORY_BYTES, folder = defaultPreparedFolder() } = prepared;
  const own = { ...prepared, folder, memoryBytes: memoryBytes / Math.max(1, workers) };
  return { cases: cases.filter((one) => used.has(one.name)), prepared: own, seed, name, settings };
}

function checkOptions(options: LoaderOptions, workers: number, ahead: number): void {
  const { order, batch, cases, settings, firstStep = 0 } = options;
  // Throws for an invalid seed, here and not in a thread.
  randomStream(options.seed, options.name);
  const [depth, height, width] = sampleSize(settings);
  if (!(Number.isInteger(workers) && workers >= 0)) {
    throw new UserError(`workers is ${workers}; it must be a whole number from 0`, {
      code: 'BAD_VALUE',
      field: 'workers',
      value: workers,
    });
  }
  requireCounts({ batch, ahead, 'size[0]': depth, 'size[1]': height, 'size[2]': width });
  const steps = order.length / batch;
  if (!Number.isInteger(steps) || steps === 0) {
    throw new UserError(
      `order has ${order.length} samples, and should have a multiple of the batch of ${batch}`,
      { code: 'BAD_VALUE', field: 'order', value: order.length },
    );
  }
  if (!(Number.isInteger(firstStep) && firstStep >= 0 && firstStep <= steps)) {
    throw new UserError(`firstStep is ${firstStep}; it must be from 0 to ${steps}`, {
      code: 'BAD_VALUE',
      field: 'firstStep',
      value: firstStep,
    });
  }
  const known = new Set(cases.map(({ name }) => name));
  const unknown = order.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new UserError(
    `${unknown} is in the order but is no case of the data set; check the splits`,
    { code: 'BAD_VALUE', field: 'order', value: unknown },
  );
}
