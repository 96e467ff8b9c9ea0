/**
 * One run per folder. A lock names its process by id, host and time of start, so a lock that a kill left behind is
 * recognised as stale. It is a hard link to a file that was written before, so it has its whole text from the moment
 * it exists; and only the holder of a second lock, on removing stale ones, may remove one. (Libraries that keep a
 * lock alive by touching it need a free event loop; a training step may hold ours for a minute.)
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from './errors';
import { makeFolder, withFileInError } from './atomic-write';

interface Owner {
  pid: number;
  host: string;
  /** Of the process, as the system reports it, since ids are reused; empty if it doesn't. */
  started: string;
  /** Of the lock: unique. */
  id?: string;
}

export function lockFile(directory: string): string {
  return join(directory, 'run.lock');
}

/**
 * Locks a folder, which is made if it is missing, for this process.
 *
 * @param waitMs how long to wait until another process releases it
 * @returns releases the folder; so does the end of the process
 * @throws UserError naming the other process and host; or if the folder can't be written
 */
export async function takeLock(directory: string, { waitMs = 0 } = {}): Promise<() => void> {
  const file = lockFile(directory);
  const own = ownText();
  const deadline = performance.now() + waitMs;
  withFileInError(file, () => makeFolder(directory));
  while (!taken(file, own)) {
    if (performance.now() >= deadline) throw inUse(directory, readText(file));
    await sleep(100);
  }
  const release = (): void => {
    process.off('exit', release);
    if (readText(file) === own) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return release;
}

function ownText(): string {
  const { pid } = process;
  const owner: Owner = { pid, host: hostname(), started: startOf(pid), id: randomUUID() };
  return JSON.stringify(owner);
}

/** Takes a lock that is free or whose owner is gone; returns whether this process has it now. */
function taken(file: string, own: string): boolean {
  return created(file, own) || (removedStale(file) && created(file, own));
}

/** Creates the file with its text in one step, unless it exists. */
function created(file: string, text: string): boolean {
  const written = `${file}.${process.pid}-${randomUUID()}`;
  return withFileInError(file, () => {
    try {
      writeFileSync(written, text, { flag: 'wx' });
      linkSync(written, file);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      // A file system without hard links: the lock is empty for a moment.
      if (NO_LINKS.includes(code)) return createdEmpty(file, text);
      throw error;
    } finally {
      rmSync(written, { force: true });
    }
  });
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function createdEmpty(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock whose owner is gone. Between reading and removing it, another process may have done so and taken the
 * folder; so both happen under the lock on removing. If the owner of that one was killed, it is stale, too.
 */
function removedStale(file: string): boolean {
  if (!isStale(file, readText(file))) return false;
  const [removing, own] = [`${file}.stale`, ownText()];
  if (!taken(removing, own)) return false;
  try {
    if (isStale(file, readText(file))) rmSync(file, { force: true });
    return true;
  } finally {
    rmSync(removing, { force: true });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Without hard links a lock is empty for a moment, or for good if its owner was killed in that moment. */
const EMPTY_MS = 2000;

/** Is the owner surely gone? One on another host never is. */
function isStale(file: string, text: string): boolean {
  const owner = ownerOf(text);
  if (!owner) {
    const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    return Date.now() - made > EMPTY_MS;
  }
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return owner.started !== startOf(owner.pid);
}

function ownerOf(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner;
    return Number.isInteger(owner.pid) && typeof owner.host === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Ticks from the system's start to the process's: field 22 of its line, whose second may hold spaces. */
function startOf(pid: number): string {
  const line = readText(`/proc/${pid}/stat`);
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function inUse(directory: string, text: string): UserError {
  const { pid, host } = ownerOf(text) ?? { pid: 'unknown', host: 'unknown' };
  return new UserError(
    `${directory} is in use by another run (process ${pid} on ${host}); wait for it or choose another folder, ` +
      `and if that process is surely gone, remove ${lockFile(directory)}`,
    { code: 'LOCKED', file: lockFile(directory), field: 'pid', value: pid },
  );
}
