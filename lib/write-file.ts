/** Files appear whole or not at all. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ReaderError } from './errors';

/**
 * Writes beside the target and renames over it; makes the folder if it isn't there.
 * @throws ReaderError naming the file when it can't be written (no space, no permission)
 */
export function writeFileWhole(file: string, content: string | Uint8Array): void {
  const part = `${file}.part-${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(part, content);
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
