/** Checks that a checkpoint is intact: its last tensor is the checksum of all before it. The previous checkpoint lies beside it. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../base/errors';
import type { SafetensorsFile } from '../../formats/safetensors';
import { forShell } from '../../base/words';

/** Prefix of a training's tensors other than weights (`training.ts`). */
export const TRAINING_PREFIX = 'training/';

/** The tensor with the checksum. */
export const CHECKSUM = `${TRAINING_PREFIX}sha256`;

/** Version of a training's format; files of the first had no checksum. */
export const FORMAT = 2;

/** In a training's folder. */
export const CHECKPOINT = 'checkpoint.safetensors';
export const PREVIOUS = 'checkpoint-previous.safetensors';

/**
 * Reads a checkpoint and compares its checksum. Weights without a training and checkpoints of the first format
 * have none, and pass.
 * @throws UserError naming the file if any bit of it has changed
 */
export async function verifyChecksum(source: SafetensorsFile): Promise<void> {
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

/** 1 also for weights without a training. */
function formatOf(training: string | undefined): number {
  if (training === undefined) return 1;
  try {
    return (JSON.parse(training) as { format: number }).format;
  } catch {
    return FORMAT;
  }
}

function damaged(file: string, how: string): UserError {
  return new UserError(`${file} is damaged: ${how}; use another copy of it`, {
    code: 'BAD_FILE',
    file,
    field: CHECKSUM,
  });
}

/**
 * Loads a checkpoint; if that fails and the one before it exists, the message names it.
 * @throws UserError as `load`, with the fix
 */
export async function offeringPrevious<T>(file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const previous = join(dirname(file), PREVIOUS);
    const offers = basename(file) === CHECKPOINT && existsSync(file) && existsSync(previous);
    if (!(error instanceof UserError) || !offers) throw error;
    throw new UserError(
      `${error.message}; the checkpoint before it exists; to resume from that: mv ${forShell(previous)} ${forShell(file)}`,
      { ...error.details, file },
      { cause: error },
    );
  }
}
