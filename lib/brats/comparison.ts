/**
 * Trainings side by side over the 15 subsets, in parallel processes: by default all scans only, random subsets
 * without distillation, and MCKD. Each has its folder with checkpoints, so a stopped comparison goes on where
 * it was.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config';
import {
  describePlan,
  planProcesses,
  planWishes,
  roomHere,
  type PlanWishes,
} from '../experiment/process-plan';
import { runTasks } from '../experiment/task-pool';
import type { ComparisonReply, ComparisonRequest } from './comparison-worker';
import { trainingWork } from './cost';
import { COMPARED_METHODS } from './methods';
import { requireScorable } from './scorable';
import { finishedRun, nameOfTask, runFile, taskFolder, type BratsPlace } from './task';
import type { BratsRun, BratsTask } from './run-record';
import { makeFolder } from '../base/write-file';

export type ComparisonEvent =
  /** `line`: how they are shared out over the machine. */
  | { kind: 'plan'; total: number; done: number; line: string }
  | { kind: 'progress'; task: BratsTask; step: number; steps: number }
  | { kind: 'run'; run: BratsRun; total: number; done: number };

export interface ComparisonOptions extends BratsPlace, PlanWishes {
  /** Default: all methods, each with every seed of the config. */
  tasks?: BratsTask[];
  /** Stops it; each training keeps a checkpoint of where it was. */
  signal?: AbortSignal;
}

/** The trainings of a config, seed by seed. */
export function bratsTasks(
  { seed, brats }: Config,
  methods: readonly string[] = Object.keys(COMPARED_METHODS),
): BratsTask[] {
  return Array.from({ length: brats.seeds }, (_, s) =>
    methods.map((method) => ({ method, seed: seed + s })),
  ).flat();
}

function tasksOf(
  config: Config,
  { tasks, methods = COMPARED_METHODS }: Pick<ComparisonOptions, 'tasks' | 'methods'>,
): BratsTask[] {
  return tasks ?? bratsTasks(config, Object.keys(methods));
}

/**
 * Trains and evaluates what is missing and yields progress; `finishedComparison` then reads all. Tasks whose
 * settings and seed are equal are one training, counted once and reported under the first one's method.
 * @throws ReaderError as `requireScorable`, before anything is trained; when a training fails, with its name
 */
export async function* runComparison(
  config: Config,
  options: ComparisonOptions,
): AsyncGenerator<ComparisonEvent> {
  const { directory, data, dataHash, methods } = options;
  const place: BratsPlace = { directory, data, dataHash, methods };
  requireScorable(data);
  const trainings = new Map<string, BratsTask>();
  for (const task of tasksOf(config, options)) {
    const folder = taskFolder(config, task, place);
    if (!trainings.has(folder)) trainings.set(folder, task);
  }
  const missing = [...trainings].filter(([folder]) => !existsSync(runFile(folder)));
  const total = trainings.size;
  let done = total - missing.length;
  makeFolder(directory);
  // Of all trainings, whatever is there already: what is gone on with keeps its number of threads.
  const room = roomHere();
  const plan = planProcesses(trainingWork(config.brats, total, room), room, planWishes(options));
  yield { kind: 'plan', total, done, line: describePlan(plan, total, done) };
  const replies = runTasks<BratsTask, ComparisonRequest, ComparisonReply>({
    script: join(__dirname, 'comparison-worker.js'),
    tasks: missing.map(([, task]) => task),
    plan,
    requestOf: (task) => ({ config, task, place }),
    nameOf: (task) => nameOfTask(task, methods),
    signal: options.signal,
  });
  for await (const { task, reply } of replies) {
    if (reply.kind === 'progress') yield { ...reply, task };
    else yield { kind: 'run', run: reply.run, total, done: ++done };
  }
}

/**
 * The finished runs, one for each task, in their order.
 * @throws ReaderError naming the first that is missing or unreadable
 */
export function finishedComparison(
  config: Config,
  options: Pick<ComparisonOptions, 'directory' | 'dataHash' | 'methods' | 'tasks'>,
): BratsRun[] {
  return tasksOf(config, options).map((task) => finishedRun(config, task, options));
}
