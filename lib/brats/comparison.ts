/**
 * Three trainings side by side over the 15 subsets: all scans only, random subsets without distillation,
 * and MCKD. Each has its folder with checkpoints, so a stopped comparison goes on where it was.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { buildConfig, type BratsConfig, type Config } from '../config';
import { MODALITIES } from '../modality';
import { ReaderError } from '../errors';
import { runTasks } from '../task-pool';
import type { ComparisonReply, ComparisonRequest } from './comparison-worker';
import type { BratsDataSet } from './data';
import type { SubsetScores } from './evaluate';

/** Each method as what it changes of the config. */
export const BRATS_METHODS = {
  allScans: { dropsModalities: false, distillationWeight: 0 },
  randomSubsets: { distillationWeight: 0 },
  mckd: {},
} satisfies Record<string, Partial<BratsConfig>>;

export type BratsMethod = keyof typeof BRATS_METHODS;

export const BRATS_METHOD_NAMES: Record<BratsMethod, string> = {
  allScans: 'all scans only',
  randomSubsets: 'random subsets, no distillation',
  mckd: 'MCKD',
};

/** One training of the comparison. */
export interface BratsTask {
  method: BratsMethod;
  seed: number;
}

/** All that the tables need of a finished training; JSON. */
export interface BratsRun extends BratsTask {
  /** Case -> Dice[15][ET, WT, TC], after the last step (no choice of a step). */
  test: Record<string, SubsetScores>;
  /** The same of the meta-validation cases, for choosing settings. */
  metaValidation: Record<string, SubsetScores>;
  /** Means over stretches of `stride` steps. */
  curves: { stride: number; dice: number[]; crossEntropy: number[]; distillation: number[] };
  /** After each meta event: the step, and w of FLAIR, T1, T1ce, T2. */
  weights: { step: number; w: number[] }[];
  /** Of training, and of the evaluation. */
  seconds: { training: number; evaluation: number };
}

export type ComparisonEvent =
  | { kind: 'plan'; total: number; done: number; processes: number }
  | { kind: 'progress'; task: BratsTask; step: number; steps: number }
  | { kind: 'run'; run: BratsRun; total: number; done: number };

export interface ComparisonOptions {
  /** Where the runs lie. */
  directory: string;
  /** The data set's folder. */
  data: string;
  /** `hashDataSet` of it. */
  dataHash: string;
  pattern?: string;
  /** Default: one a core. */
  processes?: number;
  /** Default: all methods, each with every seed of the config. */
  tasks?: BratsTask[];
}

/** The trainings of a config, seed by seed. */
export function bratsTasks({ seed, brats }: Config): BratsTask[] {
  const methods = Object.keys(BRATS_METHODS) as BratsMethod[];
  return Array.from({ length: brats.seeds }, (_, s) =>
    methods.map((method) => ({ method, seed: seed + s })),
  ).flat();
}

/** The settings of a task. */
export function configOfTask(config: Config, { method }: BratsTask): BratsConfig {
  return buildConfig(config.preset, {
    ...config,
    brats: { ...config.brats, ...BRATS_METHODS[method] },
  }).brats;
}

/** SHA-256 over the names and contents of a data set's files and its splits. */
export function hashDataSet(folder: string, { cases, splits }: BratsDataSet): string {
  const hash = createHash('sha256');
  const { train, metaValidation, test } = splits;
  hash.update(JSON.stringify([train, metaValidation, test]));
  for (const { scans, labels } of cases) {
    const places = [...MODALITIES.map((m) => scans[m]), labels].flatMap((place) => place ?? []);
    for (const { file } of places) hash.update(relative(folder, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/**
 * Trains and evaluates what is missing and yields progress; `finishedComparison` then reads all.
 * @throws ReaderError when a training fails, with its name
 */
export async function* runComparison(
  config: Config,
  options: ComparisonOptions,
): AsyncGenerator<ComparisonEvent> {
  const tasks = options.tasks ?? bratsTasks(config);
  const folderOf = (task: BratsTask): string =>
    join(options.directory, runName(config, task, options.dataHash));
  const missing = tasks.filter((task) => !existsSync(runFile(folderOf(task))));
  let done = tasks.length - missing.length;
  const processes = Math.min(options.processes ?? availableParallelism(), missing.length);
  mkdirSync(options.directory, { recursive: true });
  yield { kind: 'plan', total: tasks.length, done, processes };
  const replies = runTasks<BratsTask, ComparisonRequest, ComparisonReply>({
    script: join(__dirname, 'comparison-worker.js'),
    tasks: missing,
    processes,
    requestOf: (task) => ({
      task,
      config: configOfTask(config, task),
      directory: folderOf(task),
      data: options.data,
      pattern: options.pattern,
    }),
    nameOf: ({ method, seed }) => `${BRATS_METHOD_NAMES[method]}, seed ${seed}`,
  });
  for await (const { task, reply } of replies) {
    if (reply.kind === 'progress') yield { ...reply, task };
    else yield { kind: 'run', run: reply.run, total: tasks.length, done: ++done };
  }
}

/**
 * The finished runs, in the order of `bratsTasks`.
 * @throws ReaderError naming the first that is missing or unreadable
 */
export function finishedComparison(
  config: Config,
  options: Pick<ComparisonOptions, 'directory' | 'dataHash' | 'tasks'>,
): BratsRun[] {
  return (options.tasks ?? bratsTasks(config)).map((task) => {
    const file = runFile(join(options.directory, runName(config, task, options.dataHash)));
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as BratsRun;
    } catch (error) {
      throw new ReaderError(
        `${file} cannot be read: ${(error as Error).message}; delete it and run again`,
        { file },
        { cause: error },
      );
    }
  });
}

/** The finished run of a training's folder. */
export function runFile(directory: string): string {
  return join(directory, 'run.json');
}

/** Raised when a change of the code changes what a training gives, so that no stale run is taken up. */
const RUN_FORMAT = 1;

function runName(config: Config, task: BratsTask, dataHash: string): string {
  const settings: Partial<BratsConfig> = { ...configOfTask(config, task) };
  delete settings.seeds;
  delete settings.phantom;
  const what = JSON.stringify([RUN_FORMAT, settings, dataHash]);
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 12);
  return `${task.method}-seed${task.seed}-${hash}`;
}
