/** Is a checkpoint whole? Its last tensor is the sum of all that is before it, and the checkpoint before lies beside it. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors';
import type { SafetensorsFile } from '../../formats/safetensors';
import { forShell } from '../../base/words';

/** Put before the names of what a training keeps beside the weights (`training.ts`). */
export const TRAINING_PREFIX = 'training/';

/** The tensor with the sum. */
export const CHECKSUM = `${TRAINING_PREFIX}sha256`;

/** Of a training's form; files of the first had no sum. */
export const FORMAT = 2;

/** In a training's folder. */
export const CHECKPOINT = 'checkpoint.safetensors';
export const PREVIOUS = 'checkpoint-previous.safetensors';

/**
 * Reads a checkpoint through and compares its sum. Weights without a training and checkpoints of the first form
 * have none, and pass.
 * @throws UserError naming the file where a bit of it is not what was written
 */
export async function requireWhole(source: SafetensorsFile): Promise<void> {
  const { file, tensors, metadata } = source;
  if (!tensors.has(CHECKSUM)) {
    if (formatOf(metadata.training) === 1) return;
    throw damaged(file, `its checksum ${CHECKSUM} is missing`);
  }
  const stored = Buffer.from((await source.tensor(CHECKSUM)).values as Uint8Array).toString('hex');
  const found = (await source.sumBefore(CHECKSUM)).toString('hex');
  if (stored !== found) {
    throw damaged(file, `its checksum is ${stored}, and that of its content ${found}`);
  }
}

/** 1 for what has no training, too. */
function formatOf(training: string | undefined): number {
  if (training === undefined) return 1;
  try {
    return (JSON.parse(training) as { format: number }).format;
  } catch {
    return FORMAT;
  }
}

function damaged(file: string, how: string): UserError {
  return new UserError(`${file} is damaged: ${how}; take another copy of it`, {
    file,
    field: CHECKSUM,
  });
}

/**
 * Loads a checkpoint; where that fails and the one before it is there, the message names it.
 * @throws UserError what `load` throws, with the way out
 */
export async function offeringPrevious<T>(file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const previous = join(dirname(file), PREVIOUS);
    const offers = basename(file) === CHECKPOINT && existsSync(file) && existsSync(previous);
    if (!(error instanceof UserError) || !offers) throw error;
    throw new UserError(
      `${error.message}; the checkpoint before it is there, and this goes on from it: mv ${forShell(previous)} ${forShell(file)}`,
      { ...error.details, file },
      { cause: error },
    );
  }
}
