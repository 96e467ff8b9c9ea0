/** How a training in a folder begins: from scratch, from its checkpoint, or refused with the reason. */
import { existsSync, renameSync } from 'node:fs';
import { loadTraining } from './checkpoint/training';
import { trainingSettings, type BratsTrainingConfig } from '../config';
import { checkpointFile, previousFile } from './folder-files';
import { UserError } from '../base/errors';
import { LIB_VERSION } from '../base/version';
import { NUMERICS } from '../base/numerics';
import { countLines } from '../base/jsonl-log';
import { withFileInError } from '../base/atomic-write';
import type { DataRef } from '../experiment/experiment';
import { logFile } from './run-log';
import { createTraining, disposeTraining, type Training } from './training';

/** The identity of a run; a checkpoint of another is refused. */
export interface RunIdentity {
  config: BratsTrainingConfig;
  seed: number;
  data: Pick<DataRef, 'sha256'>;
}

export interface OpenRunOptions extends RunIdentity {
  directory: string;
  /** Resume although config, seed, data or the library's version have changed; recorded in the checkpoint. */
  force?: boolean;
  onNote?: (note: string) => void;
}

/**
 * The training of a folder: from its checkpoint, or, in a folder without a run, before its first step. The caller
 * disposes of it.
 *
 * @throws UserError naming every difference if the checkpoint is of another run; if the folder has a log and
 *   no checkpoint; if the checkpoint is damaged, naming the one before it
 */
export async function openRun(
  options: OpenRunOptions,
): Promise<{ training: Training; resumed: boolean }> {
  const { directory, seed, data, force, onNote = () => undefined } = options;
  const config = trainingSettings(options.config);
  const file = checkpointFile(directory);
  const previous = previousFile(directory);
  if (!existsSync(file) && existsSync(previous)) {
    // Killed between two renames, without hard links; or the last one was removed.
    onNote(`${file} is missing; resuming from the checkpoint before it`);
    withFileInError(file, () => renameSync(previous, file));
  }
  if (!existsSync(file)) {
    requireNoLog(directory);
    return { training: createTraining(config, seed, data.sha256), resumed: false };
  }
  const training = await loadTraining(file);
  const differences = runDifferences(training, { config, seed, data });
  const { forced, dataSha256, trainingData, landmarks } = training.origin;
  try {
    if (differences.length > 0 && !force) throw refusal(file, differences);
    const field = fixedField(training, config);
    if (field) throw refusal(file, differences, field);
  } catch (error) {
    disposeTraining(training);
    throw error;
  }
  if (differences.length > 0) {
    onNote(`resuming by --force, although checkpoint and run differ: ${differences.join('; ')}`);
  }
  training.origin = {
    lib: LIB_VERSION,
    numerics: NUMERICS.brats,
    dataSha256: data.sha256,
    trainingData: dataSha256 === data.sha256 ? trainingData : undefined,
    // Its network knows the scale of these, whatever the data are now.
    landmarks,
    forced: differences.length > 0 ? [...forced, { step: training.step, differences }] : forced,
  };
  return { training: Object.assign(training, { config, seed }), resumed: true };
}

/** What has changed that the variables of a checkpoint are made for. */
function fixedField(
  { model, config: there }: Training,
  now: BratsTrainingConfig,
): keyof BratsTrainingConfig | undefined {
  const changed = (['model', 'width', 'optimizer'] as const).find(
    (field) => there[field] !== now[field],
  );
  if (changed) return changed;
  const shapes = (config: BratsTrainingConfig): string =>
    JSON.stringify([...model.layout.shapes(config)]);
  return there.crop.join() !== now.crop.join() && shapes(there) !== shapes(now)
    ? 'crop'
    : undefined;
}

function requireNoLog(directory: string): void {
  const log = logFile(directory);
  if (!existsSync(log)) return;
  throw new UserError(
    `${log} exists (${countLines(log)} steps), but ${checkpointFile(directory)} is missing; restore the checkpoint, ` +
      'choose another folder, or --fresh to start from scratch',
    { code: 'MISSING', file: checkpointFile(directory), field: 'checkpoint' },
  );
}

function refusal(file: string, differences: readonly string[], field = 'config'): UserError {
  const force = field === 'config' ? '--force to resume all the same' : `the same ${field}`;
  return new UserError(
    `${file} is of another run (checkpoint and now: ${differences.join('; ')}); ` +
      `choose another folder, the same settings and data, ${force}, or --fresh to start from scratch`,
    { code: 'MISMATCH', file, field, value: differences },
  );
}

/** Differences between a checkpoint and the run; fields that it lacks are not compared. */
function runDifferences(there: Training, now: RunIdentity): string[] {
  const {
    lib = LIB_VERSION,
    numerics = NUMERICS.brats,
    dataSha256 = now.data.sha256,
  } = there.origin;
  const short = (hash: string): string => hash.slice(0, 12);
  return [
    ...(there.seed === now.seed ? [] : [`seed ${there.seed} and ${now.seed}`]),
    ...configDifferences(there.config, now.config),
    ...(dataSha256 === now.data.sha256
      ? []
      : [`sha256 of the data ${short(dataSha256)} and ${short(now.data.sha256)}`]),
    ...(numerics === NUMERICS.brats ? [] : [`numerics ${numerics} and ${NUMERICS.brats}`]),
    ...(lib === LIB_VERSION ? [] : [`version of the library ${lib} and ${LIB_VERSION}`]),
  ];
}

/** Every leaf that differs, as "brats.crop 1 and 2". */
export function configDifferences(there: unknown, now: unknown, path = 'brats'): string[] {
  const inside = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (inside(there) && inside(now)) {
    const keys = new Set([...Object.keys(there), ...Object.keys(now)]);
    return [...keys].flatMap((key) => configDifferences(there[key], now[key], `${path}.${key}`));
  }
  const [a, b] = [there, now].map((value) => JSON.stringify(value) ?? 'nothing');
  return a === b ? [] : [`${path} ${a} and ${b}`];
}
