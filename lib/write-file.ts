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
  /** Wait until the bytes are on the disk, so that a power cut can't leave an empty file either. */
  durable?: boolean;
}

/**
 * Writes beside the target and renames over it; makes the folder if it isn't there. Processes and
 * threads that write the same file at once don't disturb each other: the last one's stays.
 *
 * @param content all of it, or its parts one after another
 * @throws ReaderError naming the file when it can't be written (no space, no permission)
 */
export function writeFileWhole(
  file: string,
  content: string | Uint8Array | readonly Uint8Array[],
  { durable = false }: WriteOptions = {},
): void {
  const part = `${file}.part-${process.pid}-${threadId}`;
  const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(part, 'w');
    try {
      for (const bytes of parts) writeFileSync(descriptor, bytes);
      if (durable) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw new ReaderError(
      `${file} can't be written (${(error as Error).message}); free some space or choose another folder`,
      { file },
      { cause: error },
    );
  }
}
