/**
 * A training in a folder: checkpoints, logs, and resuming.
 *
 *   checkpoint.safetensors            the last checkpoint (weights and all that training needs)
 *   checkpoint-previous.safetensors   the one before
 *   manifest.json                     config, seed, data and version; and where it was resumed by force
 *   log.jsonl                         one line per step
 *   seconds.jsonl                     how long each took
 *   tensorboard/                      the same for TensorBoard
 *   run.lock                          while it runs: its process
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { saveTraining } from './checkpoint/training';
import { takeLock } from '../base/lock';
import { withFileInError, removePartialFiles, writeFileAtomic } from '../base/atomic-write';
import { openBatches, type BatchOptions, type BatchSource } from './batches';
import type { BratsData } from './data-set';
import { checkpointFile, previousFile, scoredFile } from './folder-files';
import { openRun, type OpenRunOptions } from './resume';
import { boardFolder, logFile, openRunLog } from './run-log';
import { secondsFile } from './step-seconds';
import { trainBrats, type BratsStepEvent, type TrainOptions } from './train';
import { disposeTraining, type Training } from './training';
import { knownLandmarks, knownTrainingData } from './training-data';

export { checkpointFile, previousFile } from './folder-files';
export { configDifferences } from './resume';
export { logFile, logSoFar, readLog } from './run-log';
export type { LogLine } from './run-record';

export interface FolderOptions extends TrainOptions, BatchOptions, OpenRunOptions {
  data: Pick<BratsData, 'cases' | 'splits' | 'sha256'>;
  /** Steps between two checkpoints; the last step always has one. Default: 500. */
  checkpointEvery?: number;
  /** Or minutes between two, whichever comes first. Default: 10. */
  checkpointMinutes?: number;
  /** Delete what is in the folder. Default: resume it. */
  fresh?: boolean;
  /** Also write for TensorBoard. Default: yes. */
  tensorboard?: boolean;
  /** How long to wait if another run has the folder. Default: 0. */
  lockWaitMs?: number;
  /** Where batches come from; default: `openBatches` of the data. */
  batches?: BatchSource;
}

export type FolderEvent =
  | { kind: 'start'; step: number; resumed: boolean }
  | BratsStepEvent
  | { kind: 'checkpoint'; step: number; file: string };

/** The settings of a training in a folder, and where it was resumed by force. */
export function manifestFile(directory: string): string {
  return join(directory, 'manifest.json');
}

/**
 * Trains in a folder, from its checkpoint if there is one. A folder without a run gets a checkpoint before its first
 * step. When the consumer leaves the loop between two events, or `signal` is aborted, a checkpoint of that moment is
 * written first. Killed at any moment, the same call resumes and ends with the same result.
 *
 * @throws UserError if another run has the folder; as `openRun` does; if a file can't be written; and as
 *   `trainBrats` does, with the last checkpoint unchanged; if data end it between two steps, with a checkpoint
 */
export async function* trainInFolder(options: FolderOptions): AsyncGenerator<FolderEvent> {
  const { directory, lockWaitMs: waitMs } = options;
  const release = await takeLock(directory, { waitMs });
  try {
    yield* trainInLocked(options);
  } finally {
    release();
  }
}

/** Of a run; beside them is the folder for TensorBoard. */
const FILES = [checkpointFile, previousFile, manifestFile, logFile, secondsFile, scoredFile];

/** As `trainInFolder`, in a folder whose lock this process holds and keeps. */
export async function* trainInLocked(
  options: Omit<FolderOptions, 'lockWaitMs'>,
): AsyncGenerator<FolderEvent> {
  const { directory } = options;
  for (const of of FILES) removePartialFiles(of(directory));
  if (options.fresh) removeRun(directory);
  const { training, resumed } = await openRun(options);
  try {
    training.origin.trainingData ??= await knownTrainingData(
      options.data,
      options.data.sha256,
      options.prepared?.folder,
    );
    if (training.config.normalisation === 'landmarks') {
      training.origin.landmarks ??= await knownLandmarks(
        options.data,
        options.data.sha256,
        options.prepared?.folder,
      );
    }
    yield { kind: 'start', step: training.step, resumed: resumed && training.step > 0 };
    yield* goOn(training, resumed, options);
  } finally {
    disposeTraining(training);
  }
}

async function* goOn(
  training: Training,
  resumed: boolean,
  options: FolderOptions,
): AsyncGenerator<FolderEvent> {
  const { directory, checkpointEvery = 500, checkpointMinutes = 10 } = options;
  const { config, seed } = training;
  const file = checkpointFile(directory);
  // Before the log: a log without a checkpoint can't be resumed.
  if (!resumed) saveTraining(file, training);
  writeManifest(directory, training);
  const log = openRunLog(directory, training.step, options.tensorboard ?? true);
  const { landmarks } = training.origin;
  const prepared = { ...options.prepared, landmarks };
  const batches =
    options.batches ?? openBatches(options.data, config, seed, { ...options, prepared });
  let [saved, savedAt] = [training.step, performance.now()];
  const save = (): FolderEvent => {
    log.flush();
    saveTraining(file, training, { previous: previousFile(directory) });
    [saved, savedAt] = [training.step, performance.now()];
    return { kind: 'checkpoint', step: saved, file };
  };
  const isDue = (): boolean =>
    training.step % checkpointEvery === 0 || performance.now() - savedAt > checkpointMinutes * 6e4;
  let sound = true;
  // If a batch fails, between two steps, the training can still be saved.
  let between = false;
  const watched: BatchSource = {
    ...batches,
    training: async (position) => {
      between = true;
      const batch = await batches.training(position);
      between = false;
      return batch;
    },
  };
  try {
    for await (const event of trainBrats(training, watched, options)) {
      log.write(event);
      yield event;
      if (isDue()) yield save();
    }
    if (saved !== training.step) yield save();
  } catch (error) {
    sound = between;
    throw error;
  } finally {
    try {
      if (sound && saved !== training.step) save();
    } finally {
      await batches.close();
      log.close();
    }
  }
}

function removeRun(directory: string): void {
  for (const of of [...FILES, boardFolder]) {
    const path = of(directory);
    withFileInError(path, () => rmSync(path, { recursive: true, force: true }));
  }
}

function writeManifest(directory: string, { config, seed, origin }: Training): void {
  const { lib, numerics, dataSha256, forced } = origin;
  const manifest = { lib, numerics, seed, dataSha256, forced, config };
  writeFileAtomic(manifestFile(directory), `${JSON.stringify(manifest, null, 2)}\n`, {
    flush: true,
  });
}
