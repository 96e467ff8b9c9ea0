/**
 * One run a folder. A lock names its process by id, host and time of start, so a lock that a kill left behind is
 * known for what it is. (Libraries that keep a lock alive by touching it need a free event loop; a training step
 * may hold ours for a minute.)
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReaderError } from './errors';
import { naming } from './write-file';

interface Owner {
  pid: number;
  host: string;
  /** Of the process, as the system tells it, since ids are used again; empty where it doesn't. */
  started: string;
}

export function lockFile(directory: string): string {
  return join(directory, 'run.lock');
}

/**
 * Takes a folder, which is made if it isn't there, for this process.
 *
 * @param waitMs how long to wait for another to be done with it
 * @returns gives the folder back; the end of the process does so, too
 * @throws ReaderError naming the other's process and host; or where the folder can't be written
 */
export async function takeLock(directory: string, { waitMs = 0 } = {}): Promise<() => void> {
  const file = lockFile(directory);
  const owner: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const own = JSON.stringify(owner);
  const deadline = performance.now() + waitMs;
  naming(file, () => mkdirSync(directory, { recursive: true }));
  while (!createdAnew(file, own)) {
    const other = readText(file);
    if (isStale(file, other)) removeStale(file, other);
    else if (performance.now() < deadline) await sleep(100);
    else throw inUse(directory, other);
  }
  const release = (): void => {
    process.off('exit', release);
    if (readText(file) === own) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return release;
}

function createdAnew(file: string, text: string): boolean {
  return naming(file, () => {
    try {
      writeFileSync(file, text, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A lock is empty for a moment, unless its owner was killed in that very moment. */
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

/** Takes it away and looks then, since another may have done so and locked anew. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const text = readText(aside);
  if (text !== stale) createdAnew(file, text);
  rmSync(aside, { force: true });
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

function inUse(directory: string, text: string): ReaderError {
  const { pid, host } = ownerOf(text) ?? { pid: 'unknown', host: 'unknown' };
  return new ReaderError(
    `${directory} is in use by another run (process ${pid} on ${host}); wait for it or choose another folder, ` +
      `and if it is surely gone, remove ${lockFile(directory)}`,
    { file: lockFile(directory), field: 'pid', value: pid },
  );
}
