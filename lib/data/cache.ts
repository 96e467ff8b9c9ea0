/** The folder that downloads and made-up speech are kept in, outside the project. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ReaderError } from '../errors';

/** `MCKD_CACHE`, else `$XDG_CACHE_HOME/mckd-kit`, else `~/.cache/mckd-kit`. */
export function defaultCacheDirectory(): string {
  const own = process.env.MCKD_CACHE;
  if (own) return path.resolve(own);
  const shared = process.env.XDG_CACHE_HOME;
  // The XDG rule: a relative path there is to be ignored.
  const base = shared && path.isAbsolute(shared) ? shared : path.join(os.homedir(), '.cache');
  return path.join(base, 'mckd-kit');
}

/**
 * Writes a file so that it is there whole or not at all: under another name, then renamed.
 *
 * @throws ReaderError naming the file when the folder can't be written or the disk is full
 */
export async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.partial`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReaderError(
      `${file} can't be written (${reason}); free some space or name another folder in MCKD_CACHE`,
      { file },
      { cause },
    );
  }
}
