/**
 * A training in a folder: checkpoints, logs, and going on where it was.
 *
 *   checkpoint.safetensors            the last checkpoint (weights and all that training needs)
 *   checkpoint-previous.safetensors   the one before
 *   log.jsonl                         a line a step
 *   tensorboard/                      the same for TensorBoard
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadTraining, saveTraining } from '../checkpoint/training';
import type { BratsConfig } from '../config';
import { EXPERIMENT_SETTINGS } from '../config/brats';
import { ReaderError } from '../errors';
import { writeFileWhole } from '../write-file';
import { MODALITIES } from '../modality';
import { tf } from '../tf';
import { openBatches, type BatchOptions, type BratsDataSet } from './data';
import { trainBrats, type BratsStepEvent, type TrainOptions } from './train';
import { createTraining, disposeTraining, type Training } from './training';

export interface FolderOptions extends TrainOptions, BatchOptions {
  directory: string;
  config: BratsConfig;
  seed: number;
  data: BratsDataSet;
  /** Steps between two checkpoints; the last step always has one. Default: 500. */
  checkpointEvery?: number;
  /** Throw away what is in the folder. Default: go on with it. */
  fresh?: boolean;
  /** Write for TensorBoard, too. Default: yes. */
  tensorboard?: boolean;
}

export type FolderEvent =
  | { kind: 'start'; step: number; resumed: boolean }
  | BratsStepEvent
  | { kind: 'checkpoint'; step: number; file: string };

export function checkpointFile(directory: string): string {
  return join(directory, 'checkpoint.safetensors');
}

/** The checkpoint before the last. */
export function previousFile(directory: string): string {
  return join(directory, 'checkpoint-previous.safetensors');
}

function boardFolder(directory: string): string {
  return join(directory, 'tensorboard');
}

export function logFile(directory: string): string {
  return join(directory, 'log.jsonl');
}

/**
 * Trains in a folder, from its checkpoint if there is one. When the consumer leaves the loop between two
 * events, a checkpoint of that moment is written first.
 *
 * @throws ReaderError where the checkpoint is of another config or seed, naming what differs; and as
 *   `trainBrats` does, the last checkpoint staying as it was
 */
export async function* trainInFolder(options: FolderOptions): AsyncGenerator<FolderEvent> {
  const { directory, config, seed, data, checkpointEvery = 500 } = options;
  mkdirSync(directory, { recursive: true });
  if (options.fresh) removeRun(directory);
  const training = await openTraining(directory, config, seed);
  const log = openLog(directory, training.step, options.tensorboard ?? true);
  const batches = openBatches(data, config, seed, options);
  let saved = training.step;
  const save = (): FolderEvent => {
    const file = keepCheckpoint(directory, training);
    saved = training.step;
    return { kind: 'checkpoint', step: saved, file };
  };
  let sound = true;
  try {
    yield { kind: 'start', step: training.step, resumed: training.step > 0 };
    for await (const event of trainBrats(training, batches, options)) {
      log.write(event);
      yield event;
      if (training.step % checkpointEvery === 0) yield save();
    }
    if (saved !== training.step) yield save();
  } catch (error) {
    sound = false;
    throw error;
  } finally {
    if (sound && saved !== training.step) save();
    log.close();
    await batches.close();
    disposeTraining(training);
  }
}

function removeRun(directory: string): void {
  for (const path of [checkpointFile, previousFile, logFile, boardFolder].map((of) =>
    of(directory),
  )) {
    rmSync(path, { recursive: true, force: true });
  }
}

/** A checkpoint takes the name, the one before it stays beside it. */
function keepCheckpoint(directory: string, training: Training): string {
  const file = checkpointFile(directory);
  if (existsSync(file)) renameSync(file, previousFile(directory));
  saveTraining(file, training);
  return file;
}

async function openTraining(
  directory: string,
  config: BratsConfig,
  seed: number,
): Promise<Training> {
  const file = checkpointFile(directory);
  const previous = previousFile(directory);
  // Killed between the two renames, the one before is the last.
  if (!existsSync(file) && existsSync(previous)) renameSync(previous, file);
  if (!existsSync(file)) return createTraining(config, seed);
  const training = await loadTraining(file);
  const differences = [
    ...(training.seed === seed ? [] : [`seed ${training.seed} and ${seed}`]),
    ...configDifferences(training.config, config),
  ];
  if (differences.length === 0) return training;
  disposeTraining(training);
  throw new ReaderError(
    `${file} was trained with another config (there and now: ${differences.join('; ')}); ` +
      'choose another folder, the same config, or --fresh to start anew',
    { file, field: 'config', value: differences },
  );
}

/** Every leaf that differs, as "brats.crop 1 and 2"; how many seeds there are, say, changes no single training. */
export function configDifferences(there: unknown, now: unknown, path = 'brats'): string[] {
  if (EXPERIMENT_SETTINGS.some((name) => path === `brats.${name}`)) return [];
  const inside = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (inside(there) && inside(now)) {
    const keys = new Set([...Object.keys(there), ...Object.keys(now)]);
    return [...keys].flatMap((key) => configDifferences(there[key], now[key], `${path}.${key}`));
  }
  const [a, b] = [there, now].map((value) => JSON.stringify(value) ?? 'nothing');
  return a === b ? [] : [`${path} ${a} and ${b}`];
}

interface Log {
  write(event: BratsStepEvent): void;
  close(): void;
}

/** Opens the logs at a step: lines of later steps, which a kill left behind, are taken out. */
function openLog(directory: string, step: number, tensorboard: boolean): Log {
  const file = logFile(directory);
  if (existsSync(file)) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, step);
    writeFileWhole(file, lines.map((line) => `${line}\n`).join(''));
  }
  const board = tensorboard ? tf.node.summaryFileWriter(boardFolder(directory)) : undefined;
  return {
    write: (event) => {
      appendFileSync(file, `${JSON.stringify(logLine(event))}\n`);
      if (!board) return;
      for (const [name, value] of Object.entries(scalarsOf(event))) {
        board.scalar(name, value, event.step);
      }
    },
    close: () => board?.flush(),
  };
}

/** A line of the log. */
export type LogLine = Pick<
  BratsStepEvent,
  | 'step'
  | 'stage'
  | 'iteration'
  | 'learningRate'
  | 'present'
  | 'cases'
  | 'dice'
  | 'crossEntropy'
  | 'distillation'
  | 'meta'
>;

/** The log of a training that may not have begun. */
export function logSoFar(directory: string): LogLine[] {
  return existsSync(logFile(directory)) ? readLog(directory) : [];
}

/** The log of a training, a line a step. */
export function readLog(directory: string): LogLine[] {
  const lines = readFileSync(logFile(directory), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
}

/** What the log keeps of a step; times are left out, so that two runs of one config have equal logs. */
function logLine(event: BratsStepEvent): LogLine {
  const { step, stage, iteration, learningRate, present, cases } = event;
  const { dice, crossEntropy, distillation, meta } = event;
  return {
    step,
    stage,
    iteration,
    learningRate,
    present,
    cases,
    dice,
    crossEntropy,
    distillation,
    ...(meta ? { meta } : {}),
  };
}

function scalarsOf(event: BratsStepEvent): Record<string, number> {
  const { dice, crossEntropy, distillation, learningRate, seconds, meta } = event;
  const scalars: Record<string, number> = {
    'loss/dice': dice,
    'loss/cross entropy': crossEntropy,
    'loss/distillation': distillation,
    'learning rate': learningRate,
    'seconds a step': seconds,
  };
  if (meta) {
    scalars['meta/loss'] = meta.loss;
    scalars['meta/feature distance L1'] = meta.featureDistance.l1;
    MODALITIES.forEach((name, m) => (scalars[`importance/${name}`] = meta.weights[m]));
  }
  return scalars;
}
