/** Files appear whole or not at all. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { ReaderError } from './errors';

export interface WriteOptions {
  /** Wait for the disk, so that a power cut can't leave an empty or half file under the name. */
  flush?: boolean;
}

/**
 * Writes beside the target and renames over it; makes the folder if it isn't there. Processes and
 * threads that write the same file at once don't disturb each other: the last one's stays.
 *
 * @param content text, bytes, or bytes in pieces, each asked for when the one before it is written
 * @throws ReaderError naming the file when it can't be written (no space, no permission)
 */
export function writeFileWhole(
  file: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  { flush = false }: WriteOptions = {},
): void {
  const part = `${file}.part-${process.pid}-${threadId}`;
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  const open = naming(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(part, 'w');
  });
  try {
    try {
      for (const piece of pieces) naming(file, () => writeFileSync(open, piece));
      if (flush) naming(file, () => fsyncSync(open));
    } finally {
      closeSync(open);
    }
    naming(file, () => renameSync(part, file));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  if (flush) flushFolder(dirname(file));
}

function naming<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ReaderError(
      `${file} can't be written (${(error as Error).message}); free some space or choose another folder`,
      { file },
      { cause: error },
    );
  }
}

/** The new name reaches the disk with its folder. Not every system can do that, and the file is whole. */
function flushFolder(folder: string): void {
  try {
    const open = openSync(folder, 'r');
    try {
      fsyncSync(open);
    } finally {
      closeSync(open);
    }
  } catch {
    // The rename is seen by all; only its survival of a power cut is in doubt.
  }
}
