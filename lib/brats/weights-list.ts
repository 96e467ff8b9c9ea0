/**
 * The lists of the networks that the kit ships, one per method of the committed comparison and one per rival:
 * `weights.json` in `lib/recorded/brats-standard/weights` and `brats-rivals/weights`, which have the origin of each.
 * TensorFlow isn't loaded.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  buildConfig,
  PRESET_NAMES,
  trainingSettings,
  type BratsTrainingConfig,
  type PresetName,
} from '../config';
import { fromOlderBrats } from '../config/brats';
import type { Region } from '../datasets/brats';
import { UserError } from '../base/errors';
import { readRecord } from '../base/json-record';
import { shippedFile } from '../base/shipped-file';
import { COMPARED, RIVALS, type RivalArm } from './experiments/arms';
import type { DataRef } from '../experiment/experiment';
import { dataRefSchema } from '../experiment/record';
import { trainingDataSchema, type TrainingData } from './training-data';

/** A shipped network and its training. */
export interface RecordedWeights {
  method: RivalArm;
  preset: PresetName;
  seed: number;
  config: BratsTrainingConfig;
  /** Steps of the training. */
  steps: number;
  /** Path; in the list, its name. */
  file: string;
  bytes: number;
  sha256: string;
  /** Dice in percent of the test cases, mean over the 15 subsets. */
  dice: Record<Region, number>;
  data: DataRef;
  /** Voxel size and the like of its training data; absent if not recorded. */
  trainingData?: TrainingData;
  /** The command that trains it again. */
  command: string;
}

/** Their names. */
export const SHIPPED: readonly RivalArm[] = [...COMPARED.map(({ key }) => key), ...RIVALS];

const weightsSchema: z.ZodType<RecordedWeights> = z.strictObject({
  method: z.enum(SHIPPED),
  preset: z.enum(PRESET_NAMES),
  seed: z.int(),
  // May be older than a setting: completed by `buildConfig`.
  config: z.custom<BratsTrainingConfig>((value) => typeof value === 'object' && value !== null),
  steps: z.int().min(1),
  file: z.string().regex(/^[\w.-]+$/),
  bytes: z.int().min(1),
  sha256: z.string(),
  dice: z.strictObject({ ET: z.number(), WT: z.number(), TC: z.number() }),
  data: dataRefSchema,
  trainingData: trainingDataSchema.optional(),
  command: z.string(),
});

/** Of the comparison, and of the rivals. */
export const WEIGHTS_FOLDERS: readonly string[] = ['brats-standard', 'brats-rivals'].map((name) =>
  shippedFile('recorded', name, 'weights'),
);

export const WEIGHTS_LIST = 'weights.json';

/** The names accepted by `mckd segment --checkpoint`: `recorded:mckd`. */
export const PREFIX = 'recorded:';

/** The command that writes a folder's list. */
export function recordCommand(folder: string): string {
  return `mckd record ${basename(dirname(folder))}`;
}

/**
 * The shipped networks; none if no weights were recorded. Settings newer than a training have the
 * value of its preset.
 * @throws UserError naming the list if it is broken
 */
export function recordedWeights(folders = WEIGHTS_FOLDERS): RecordedWeights[] {
  return folders.flatMap(weightsIn);
}

function weightsIn(folder: string): RecordedWeights[] {
  const list = join(folder, WEIGHTS_LIST);
  if (!existsSync(list)) return [];
  try {
    const records = readRecord(z.array(weightsSchema), list, { fix: 'check out the kit again' });
    return records.map((record) => ({
      ...record,
      file: join(folder, record.file),
      config: trainingSettings(
        buildConfig(record.preset, { brats: fromOlderBrats(record.config) }).brats,
      ),
    }));
  } catch (error) {
    throw new UserError(
      `${list} is not what ${recordCommand(folder)} wrote: ${(error as Error).message}`,
      { code: 'BAD_FILE', file: list },
      { cause: error },
    );
  }
}
