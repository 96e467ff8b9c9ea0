/** Atomic writes: a file appears complete or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { threadId } from 'node:worker_threads';
import { defaultCacheDirectory } from './cache';
import { UserError } from './errors';

export interface WriteOptions {
  /** Wait for the disk, so that a power cut can't leave an empty or half file under the name. */
  flush?: boolean;
  /**
   * The existing file is kept under this name, too, before the new one replaces it: at every moment the
   * name is that of a complete file.
   */
  previous?: string;
}

/**
 * Writes beside the target and renames over it; makes the folder if it is missing. Processes and
 * threads that write the same file at once don't disturb each other: the last one wins.
 *
 * @param content text, bytes, or an iterable of bytes, each piece taken when the one before it is written
 * @throws UserError naming the file when it can't be written (no space, no permission)
 */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  { flush = false, previous }: WriteOptions = {},
): void {
  requireUnprotected(file);
  const part = `${file}${PART}${process.pid}-${threadId}${WRITER}`;
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  const pause = (times: number): void => (flush ? slowly(times) : undefined);
  const open = withFileInError(file, () => {
    makeFolder(dirname(file));
    return openSync(part, 'w');
  });
  try {
    try {
      for (const piece of pieces) {
        withFileInError(file, () => writeFileSync(open, piece));
        pause(1);
      }
      if (flush) withFileInError(file, () => fsyncSync(open));
    } finally {
      closeSync(open);
    }
    pause(RENAME_PAUSES);
    if (previous !== undefined && existsSync(file))
      withFileInError(file, () => keepAs(file, previous));
    pause(RENAME_PAUSES);
    withFileInError(file, () => renameSync(part, file));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  if (flush) flushFolder(dirname(file));
}

/**
 * Makes a folder and its missing parents. Unlike Node's own way it ends on file systems that report every new folder
 * as missing, even when it was just made (such as /proc).
 * @throws the system's error
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (statSync(folder).isDirectory()) return;
    throw new Error(`${folder} is a file, not a folder`);
  }
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Files that this process must not replace, by device and inode number, under whatever name. */
const PROTECTED = new Map<string, string>();

function identityOf(file: string): string | undefined {
  try {
    const { dev, ino } = statSync(file);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** From here on, `writeFileAtomic` refuses to replace these files, which are the user's data. */
export function protectFiles(files: readonly string[]): void {
  for (const file of files) {
    const identity = identityOf(file);
    if (identity !== undefined) PROTECTED.set(identity, file);
  }
}

/** @throws UserError where a file is one of those that are protected */
export function requireUnprotected(file: string): void {
  const identity = identityOf(file);
  const data = identity === undefined ? undefined : PROTECTED.get(identity);
  // The inode number of a deleted file is reused.
  if (data === undefined || identityOf(data) !== identity) return;
  throw new UserError(
    `${file} is among the data that are read${data === file ? '' : ` (${data})`}, and would be replaced; choose another name`,
    { code: 'EXISTS', file, field: 'out', value: file },
  );
}

/** Gives a file a second name, replacing a file of that name. Without hard links it is renamed. */
function keepAs(file: string, name: string): void {
  const link = `${name}${PART}${process.pid}-${threadId}${WRITER}`;
  try {
    linkSync(file, link);
  } catch {
    renameSync(file, name);
    return;
  }
  renameSync(link, name);
  // A rename onto another link to the same file, which a kill left, does nothing.
  rmSync(link, { force: true });
}

/** Of this process and thread: ids alone can be equal on two hosts or in two containers. */
const WRITER = `-${randomUUID().slice(0, 8)}`;

/** Between a file's name and the process that writes its unfinished copy. */
const PART = '.part-';

/**
 * Removes unfinished copies of a file, which a kill left beside it. Only for the file's sole writer.
 * @throws UserError where one can't be removed
 */
export function removePartialFiles(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) return;
  const start = `${basename(file)}${PART}`;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(start))
      withFileInError(file, () => rmSync(join(folder, name), { force: true }));
  }
}

/** Milliseconds between the pieces of a flushed write, and more between its renames: for tests that kill inside. */
const SLOW_MS = Number(process.env.MCKD_SLOW_WRITE_MS ?? 0);
const RENAME_PAUSES = 30;

function slowly(times: number): void {
  if (SLOW_MS > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, times * SLOW_MS);
}

/** The unfinished copy of a file that is being written, if there is one. */
export function partOf(file: string): string | undefined {
  const start = `${basename(file)}${PART}`;
  const folder = dirname(file);
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const part = found.find((name) => name.startsWith(start));
  return part === undefined ? undefined : join(folder, part);
}

/**
 * Does something with a file; an error names the file.
 * @throws UserError with the file and what to do
 */
export function withFileInError<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${file} can't be written (${message}); ${adviceFor(file, code)}`,
      { code: 'CANNOT_WRITE', file },
      { cause: error },
    );
  }
}

/** What to do, by the system's error code. */
const ADVICE: Record<string, string> = {
  ENOSPC: 'free some space',
  EDQUOT: 'free some space',
  EFBIG: 'free some space',
  EACCES: 'allow writing there',
  EPERM: 'allow writing there',
  EROFS: 'allow writing there',
};

function adviceFor(file: string, code = ''): string {
  const inside = relative(defaultCacheDirectory(), resolve(file));
  const cached = inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
  const elsewhere = cached ? 'set MCKD_CACHE to another folder' : 'choose another folder';
  return [ADVICE[code], elsewhere].filter(Boolean).join(' or ');
}

/** Flushes the folder, and so the new name. Not every system can do that, and the file is complete. */
function flushFolder(folder: string): void {
  try {
    const open = openSync(folder, 'r');
    try {
      fsyncSync(open);
    } finally {
      closeSync(open);
    }
  } catch {
    // The rename is visible to all; only after a power cut could it be lost.
  }
}
