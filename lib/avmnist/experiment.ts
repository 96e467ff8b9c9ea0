/**
 * All runs behind the Audiovision-MNIST tables: which there are, and training those that are not
 * done yet in parallel processes. Each finished run is one JSON file, so a stopped experiment goes on
 * where it was.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalSha256 } from '../base/canonical';
import type { AvMnistConfig, Config } from '../config';
import { ReaderError } from '../base/errors';
import { takeLock } from '../base/lock';
import { readRecord } from '../base/json-record';
import { NUMERICS } from '../base/numerics';
import { probeCode } from '../experiment/code-state';
import {
  describePlan,
  planProcesses,
  planWishes,
  roomHere,
  type PlanWishes,
  type Work,
} from '../experiment/process-plan';
import { runTasks } from '../experiment/task-pool';
import { removeParts, writeFileWhole } from '../base/write-file';
import type { AvTask } from './task';
import type { AvEpoch, AvEvent, AvRun } from './run';
import { avRunSchema } from './run-record';
import type { WorkerRequest } from './worker';

/** Every run that the tables of this config need: 2 lower bounds, 1 upper, 3 methods x rates x 2 cases, for each seed. */
export function avTasks(config: Config): AvTask[] {
  const { seeds, rates, scarce } = config.avMnist;
  const tasks: AvTask[] = [];
  for (let s = 0; s < seeds; s++) {
    const seed = config.seed + s;
    tasks.push({ method: 'upperBound', scarce: 'speech', rate: 1, seed });
    for (const modality of scarce) {
      tasks.push({ method: 'lowerBound', scarce: modality, rate: Math.min(...rates), seed });
      for (const rate of rates) {
        for (const method of ['noDistillation', 'equalWeights', 'mckd'] as const) {
          tasks.push({ method, scarce: modality, rate, seed });
        }
      }
    }
  }
  return tasks;
}

/** What a run depends on, hashed: settings (not the list of cells), task, data, numerics. */
export function runKey(config: AvMnistConfig, task: AvTask, dataHash: string): string {
  const settings: Partial<AvMnistConfig> = { ...config };
  delete settings.seeds;
  delete settings.rates;
  delete settings.scarce;
  const { method, scarce, rate, seed } = task;
  const hash = canonicalSha256([NUMERICS.avMnist, settings, task, dataHash]).slice(0, 12);
  return `${method}-${scarce}-${Math.round(rate * 100)}-seed${seed}-${hash}`;
}

export type AvExperimentEvent =
  /** `line`: how the runs are shared out over the machine. */
  | { kind: 'plan'; total: number; done: number; line: string }
  | { kind: 'epoch'; task: AvTask; epoch: AvEpoch }
  | { kind: 'run'; run: AvRun; total: number; done: number };

export interface AvExperimentOptions extends PlanWishes {
  /** Where the runs' JSON files lie. */
  directory: string;
  /** `sha256` of the loaded data. */
  dataHash: string;
  /** MCKD_DATA for the workers; default: the environment's. */
  dataDirectory?: string;
  /** Default: all of the config's. */
  tasks?: AvTask[];
  /** Stops it. */
  signal?: AbortSignal;
}

/**
 * Networks so small gain next to nothing from more threads. The memory is that of
 * TensorFlow and the digits, an estimate.
 */
function runsWork(tasks: number): Work {
  return { tasks, bytes: 0.8 * 2 ** 30, serialShare: 1, crowding: 1 };
}

/**
 * Trains what is missing and yields progress; `finishedRuns` then reads them all. Stopping the
 * iteration, or `signal`, stops the processes; finished runs stay.
 * @throws ReaderError when a run fails, with the run's name; where another experiment is at work in the folder
 */
export async function* runAvExperiment(
  config: Config,
  options: AvExperimentOptions,
): AsyncGenerator<AvExperimentEvent> {
  const tasks = options.tasks ?? avTasks(config);
  const file = (task: AvTask): string => runFile(config, options, task);
  const waiting = tasks.filter((task) => !existsSync(file(task)));
  let done = tasks.length - waiting.length;
  // Of all runs, whatever is there already, as in the comparison.
  const plan = planProcesses(runsWork(tasks.length), roomHere(), planWishes(options));
  yield { kind: 'plan', total: tasks.length, done, line: describePlan(plan, tasks.length, done) };
  if (waiting.length === 0) return;

  const release = await takeLock(options.directory);
  try {
    const code = probeCode('avMnist');
    for (const task of waiting) removeParts(file(task));
    const replies = runTasks<AvTask, WorkerRequest, AvEvent>({
      script: join(__dirname, 'worker.js'),
      tasks: waiting,
      plan,
      requestOf: (task) => ({
        config: config.avMnist,
        task,
        dataDirectory: options.dataDirectory,
      }),
      nameOf: runName,
      signal: options.signal,
    });
    for await (const { task, reply } of replies) {
      if (reply.kind === 'epoch') {
        yield { kind: 'epoch', task, epoch: reply };
        continue;
      }
      const run: AvRun = { ...reply.run, code };
      writeFileWhole(file(task), JSON.stringify(run), { flush: true });
      done++;
      yield { kind: 'run', run, total: tasks.length, done };
    }
  } finally {
    release();
  }
}

/**
 * The finished runs of the config, in the order of `avTasks`.
 * @throws ReaderError naming the first that is missing or unreadable
 */
export function finishedRuns(
  config: Config,
  options: Pick<AvExperimentOptions, 'directory' | 'dataHash' | 'tasks'>,
): AvRun[] {
  return (options.tasks ?? avTasks(config)).map((task) => {
    const path = runFile(config, options, task);
    try {
      return readRecord(avRunSchema, path, { fix: 'delete it and run again' });
    } catch (error) {
      throw new ReaderError(
        `${path} (run ${runName(task)}) cannot be read: ${(error as Error).message}`,
        { file: path },
        { cause: error },
      );
    }
  });
}

/** Where the JSON of a finished run lies. */
function runFile(
  config: Config,
  { directory, dataHash }: Pick<AvExperimentOptions, 'directory' | 'dataHash'>,
  task: AvTask,
): string {
  return join(directory, `${runKey(config.avMnist, task, dataHash)}.json`);
}

export function runName(task: AvTask): string {
  return `${task.method}, ${task.scarce} at ${Math.round(task.rate * 100)} %, seed ${task.seed}`;
}
