/**
 * One training of several: its config, its folder, and training and evaluating it. The folder is named by
 * what the training depends on, so commands, notebooks and experiments share what any of them has trained.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadTraining } from './checkpoint/training';
import { canonicalSha256 } from '../base/canonical';
import { changeConfig, type BratsConfig, type Config } from '../config';
import { EXPERIMENT_SETTINGS } from '../config/brats';
import { openPrepared } from '../loading/prepared';
import type { Size3 } from '../volume/size';
import { ReaderError } from '../base/errors';
import { readRecord } from '../base/json-record';
import { lockFile, takeLock } from '../base/lock';
import type { TrainingRecord } from '../report/manifest';
import { NUMERICS } from '../base/numerics';
import { probeCode } from '../experiment/code-state';
import { threadsHere } from '../experiment/process-plan';
import { sha256 } from '../base/sha256';
import { removeParts, writeFileWhole } from '../base/write-file';
import type { BratsDataSet } from './data';
import { scoreSubsets } from './evaluate';
import { checkpointFile, previousFile, readLog, trainInLocked, type FolderOptions } from './folder';
import { COMPARED_METHODS, type BratsMethodChange, type BratsMethodChanges } from './methods';
import { trainingSteps } from './schedule';
import { bratsRunSchema, type BratsRun, type BratsTask } from './run-record';
import { requireScorable } from './scorable';
import { trainingSeconds } from './step-seconds';
import type { BratsStepEvent } from './train';
import { disposeTraining } from './training';

/** Where trainings lie, and what they read. */
export interface BratsPlace {
  /** Where the runs lie, a folder each. */
  directory: string;
  /** The cases and their splits: found once, and handed to each process. */
  data: BratsDataSet;
  /** `hashDataSet` of it. */
  dataHash: string;
  /** What tasks may name; default: the three of the comparison. */
  methods?: BratsMethodChanges;
}

export type BratsTaskEvent =
  | BratsStepEvent
  /** Cases scored, of how many. */
  | { kind: 'evaluation'; done: number; total: number }
  | { kind: 'run'; run: BratsRun };

/** @throws ReaderError where the task names no method */
export function methodOfTask(
  { method }: BratsTask,
  methods: BratsMethodChanges = COMPARED_METHODS,
): BratsMethodChange {
  if (method in methods) return methods[method];
  throw new ReaderError(`method is "${method}"; choose one of ${Object.keys(methods).join(', ')}`, {
    field: 'method',
    value: method,
  });
}

/** For messages and progress lines. */
export function nameOfTask(task: BratsTask, methods?: BratsMethodChanges): string {
  return `${methodOfTask(task, methods).title}, seed ${task.seed}`;
}

/**
 * The settings of a task.
 * @throws ReaderError where its method does not exist or changes what is no setting
 */
export function configOfTask(
  config: Config,
  task: BratsTask,
  methods?: BratsMethodChanges,
): BratsConfig {
  return changeConfig(config, { brats: methodOfTask(task, methods).changes }).brats;
}

/** The folder of a task: equal settings, seed, data and numerics are one folder, whatever the method is called. */
export function taskFolder(
  config: Config,
  task: BratsTask,
  { directory, dataHash, methods }: Pick<BratsPlace, 'directory' | 'dataHash' | 'methods'>,
): string {
  const settings = settingsOf(configOfTask(config, task, methods));
  const hash = canonicalSha256([NUMERICS.brats, settings, dataHash]).slice(0, 12);
  return join(directory, `seed${task.seed}-${hash}`);
}

/** All settings that a single training depends on. */
function settingsOf(brats: BratsConfig): Partial<BratsConfig> {
  const settings: Partial<BratsConfig> = { ...brats };
  for (const name of EXPERIMENT_SETTINGS) delete settings[name];
  return settings;
}

/** The finished run of a training's folder. */
export function runFile(directory: string): string {
  return join(directory, 'run.json');
}

/**
 * The finished run of a task, under the task's own method.
 * @throws ReaderError naming the file, where it is missing or unreadable
 */
export function finishedRun(
  config: Config,
  task: BratsTask,
  place: Pick<BratsPlace, 'directory' | 'dataHash' | 'methods'>,
): BratsRun {
  const file = runFile(taskFolder(config, task, place));
  try {
    const run = readRecord(bratsRunSchema, file, { fix: 'delete it and run again' });
    if (run.code && run.code.numerics !== NUMERICS.brats)
      throw new Error(
        `its numerics are ${run.code.numerics}, and this kit's ${NUMERICS.brats}; delete it and run again`,
      );
    return { ...run, ...task };
  } catch (error) {
    throw new ReaderError(
      `${file} (${nameOfTask(task, place.methods)}) cannot be read: ${(error as Error).message}`,
      { file },
      { cause: error },
    );
  }
}

/** How a task is made. */
export interface TrainTaskOptions extends Pick<
  FolderOptions,
  'signal' | 'lockWaitMs' | 'checkpointEvery' | 'force' | 'onNote' | 'batches'
> {
  /** Threads that make crops; default: one. */
  workers?: number;
}

/** Steps between two checkpoints: few, since several trainings run for hours where nobody watches. */
const CHECKPOINT_EVERY = 50;

/**
 * Trains and evaluates one task in this process, from where its folder is; yields its steps, then the cases
 * scored, and at the end its run: at once, where it is finished. Leaving the loop, or `signal`, keeps a checkpoint.
 *
 * @throws ReaderError as `requireScorable`, `trainInFolder`, and where the run is unreadable
 */
export async function* trainTask(
  config: Config,
  task: BratsTask,
  place: BratsPlace,
  options: TrainTaskOptions = {},
): AsyncGenerator<BratsTaskEvent> {
  const directory = taskFolder(config, task, place);
  if (existsSync(runFile(directory))) {
    await tidyFinished(directory);
    yield { kind: 'run', run: finishedRun(config, task, place) };
    return;
  }
  const { data, dataHash } = place;
  requireScorable(data);
  const brats = configOfTask(config, task, place.methods);
  const { seed } = task;
  const identity = { config: brats, seed, data, dataHash };
  const training = { directory, ...identity, workers: 1, tensorboard: false, ...options };
  training.checkpointEvery ??= CHECKPOINT_EVERY;
  const release = await takeLock(directory, { waitMs: options.lockWaitMs });
  try {
    // Whoever had the lock may have done it all.
    if (existsSync(runFile(directory))) {
      yield { kind: 'run', run: finishedRun(config, task, place) };
      return;
    }
    for await (const event of trainInLocked(training)) if (event.kind === 'step') yield event;
    if (options.signal?.aborted) return;
    const started = performance.now();
    const scores = yield* scoreTraining(directory, data, brats.crop, options.signal);
    if (!scores) return;
    const run: BratsRun = {
      ...task,
      ...scores,
      ...curvesOf(directory),
      threads: threadsHere(),
      seconds: {
        training: trainingSeconds(directory, trainingSteps(brats)),
        evaluation: (performance.now() - started) / 1000,
      },
      checkpointSha256: sha256(readFileSync(checkpointFile(directory))),
      code: probeCode('brats'),
    };
    removeParts(runFile(directory));
    writeFileWhole(runFile(directory), JSON.stringify(run), { flush: true });
    rmSync(previousFile(directory), { force: true });
    yield { kind: 'run', run };
  } finally {
    release();
  }
}

/** A kill right after a run was written leaves its lock, or the checkpoint before: neither is of any more use. */
async function tidyFinished(directory: string): Promise<void> {
  if (![lockFile, previousFile].some((of) => existsSync(of(directory)))) return;
  try {
    const release = await takeLock(directory, { waitMs: 1000 });
    rmSync(previousFile(directory), { force: true });
    release();
  } catch {
    // Somebody else's, or a folder that can't be written: the run can be read all the same.
  }
}

/** Scores the network of a folder on test and meta-validation cases; nothing where the signal came first. */
async function* scoreTraining(
  directory: string,
  data: BratsDataSet,
  tile: Size3,
  signal: AbortSignal | undefined,
): AsyncGenerator<BratsTaskEvent, Pick<BratsRun, 'test' | 'metaValidation'> | undefined> {
  const scores: Pick<BratsRun, 'test' | 'metaValidation'> = { test: {}, metaValidation: {} };
  const cases = (['test', 'metaValidation'] as const).flatMap((set) =>
    data.cases
      .filter(({ name }) => data.splits[set].includes(name))
      .map(({ name }) => ({ set, name })),
  );
  const prepared = openPrepared(data.cases);
  const trained = await loadTraining(checkpointFile(directory));
  try {
    for (const [i, { set, name }] of cases.entries()) {
      const rounded = scoreSubsets(trained.parameters, await prepared.whole(name), tile);
      scores[set][name] = rounded.map((row) => row.map((dice) => Number(dice.toFixed(4))));
      yield { kind: 'evaluation', done: i + 1, total: cases.length };
      if (signal?.aborted) return undefined;
    }
  } finally {
    disposeTraining(trained);
  }
  return scores;
}

/** Steps whose mean is one point of a curve. */
const STRIDE = 25;

function curvesOf(directory: string): Pick<BratsRun, 'curves' | 'weights'> {
  const lines = readLog(directory);
  const mean = (key: 'dice' | 'crossEntropy' | 'distillation'): number[] =>
    Array.from({ length: Math.ceil(lines.length / STRIDE) }, (_, i) => {
      const part = lines.slice(i * STRIDE, (i + 1) * STRIDE);
      const sum = part.reduce((total, line) => total + line[key], 0);
      return Number((sum / part.length).toFixed(5));
    });
  return {
    curves: {
      stride: STRIDE,
      dice: mean('dice'),
      crossEntropy: mean('crossEntropy'),
      distillation: mean('distillation'),
    },
    weights: lines.flatMap(({ step, meta }) =>
      meta ? [{ step, w: meta.weights.map((w) => Number(w.toFixed(5))) }] : [],
    ),
  };
}

/** What a manifest says of finished tasks. */
export function trainingRecords(
  config: Config,
  runs: readonly BratsRun[],
  place: Pick<BratsPlace, 'directory' | 'dataHash' | 'methods'>,
): TrainingRecord[] {
  return runs.map((run) => ({
    name: nameOfTask(run, place.methods),
    folder: basename(taskFolder(config, run, place)),
    settingsSha256: canonicalSha256(settingsOf(configOfTask(config, run, place.methods))),
    checkpointSha256: run.checkpointSha256 ?? '',
  }));
}
