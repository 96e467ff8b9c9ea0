/**
 * One run per folder, over processes, containers and hosts that share it.
 *
 * A lock names its process by id and time of start, so on one system a lock that a kill left behind is recognised as
 * stale at once. Elsewhere (another host, or another namespace of process ids, as containers have) an id says nothing;
 * there a lock is stale when its file was not written for five minutes, which its owner does every half minute, from a
 * thread of its own, since a training step may hold the event loop for a minute. Ages are by the clock of the file
 * system alone: a file written beside the lock is compared with it. A job that Slurm restarts takes over its own lock at
 * once.
 *
 * A lock is a hard link to a file that was written before, so it has its whole text from the moment it exists; and only
 * the holder of a second lock, on removing stale ones, may remove one.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { UserError } from './errors';
import { makeFolder, withFileInError } from './atomic-write';

interface Owner {
  pid: number;
  host: string;
  /** Of the process, as the system reports it, since ids are reused; empty if it doesn't. */
  started: string;
  /** Of the lock: unique. */
  id?: string;
  /** Of the running system and of its namespace of process ids: a `pid` means something only where both are equal. */
  system?: string;
  /** The Slurm job, and how often it was restarted. */
  slurm?: { job: string; restarts: number };
}

/** How a lock is kept where its process can't be looked up. */
export interface Lease {
  /** Its owner writes it so often. */
  everyMs: number;
  /** It is stale when not written for so long. */
  staleMs: number;
}

const LEASE: Lease = { everyMs: 30_000, staleMs: 300_000 };

export interface LockOptions {
  /** How long to wait until another process releases the folder. Default: 0. */
  waitMs?: number;
  /** Default: half a minute, and five minutes. */
  lease?: Lease;
}

export function lockFile(directory: string): string {
  return join(directory, 'run.lock');
}

/**
 * Locks a folder, which is made if it is missing, for this process.
 *
 * A process that was halted for so long that another took the folder ends with an error when it runs again.
 * @returns releases the folder; so does the end of the process
 * @throws UserError naming the other process and host; or if the folder can't be written
 */
export async function takeLock(
  directory: string,
  { waitMs = 0, lease = LEASE }: LockOptions = {},
): Promise<() => void> {
  const file = lockFile(directory);
  const own = ownText();
  const deadline = performance.now() + waitMs;
  withFileInError(file, () => makeFolder(directory));
  while (!taken(file, own, lease)) {
    if (performance.now() >= deadline) throw inUse(directory, readText(file));
    await sleep(100);
  }
  const stop = keepLease(file, own, lease);
  const release = (): void => {
    process.off('exit', release);
    stop();
    if (readText(file) === own) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return release;
}

function ownText(): string {
  const { pid } = process;
  const owner: Owner = {
    ...{ pid, host: hostname(), started: startOf(pid), id: randomUUID() },
    ...{ system: systemHere(), slurm: slurmJob() },
  };
  return JSON.stringify(owner);
}

/** Empty where the system says neither. */
function systemHere(): string {
  const boot = readText('/proc/sys/kernel/random/boot_id').trim();
  try {
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`.trim();
  } catch {
    return boot;
  }
}

function slurmJob(env: NodeJS.ProcessEnv = process.env): Owner['slurm'] {
  const job = env.SLURM_JOB_ID;
  return job === undefined ? undefined : { job, restarts: Number(env.SLURM_RESTART_COUNT ?? 0) };
}

/**
 * Writes the lock every now and then, unchanged, so that the file system dates it; from a thread of its own.
 * @returns ends it
 */
function keepLease(file: string, own: string, { everyMs }: Lease): () => void {
  const thread = new Worker(KEEPER, { eval: true, workerData: { file, own, everyMs } });
  thread.on('message', () => {
    throw new UserError(
      `${file} is another run's now: this process was halted for so long that its folder was taken over; it ends without writing`,
      { code: 'LOCKED', file },
    );
  });
  thread.on('error', ({ message }) => {
    process.emitWarning(
      `${file} can't be written every now and then (${message}), so another host takes this folder over after a while; don't start this run on two hosts`,
    );
  });
  // Behind the listener, which would hold the process.
  thread.unref();
  return () => void thread.terminate();
}

const KEEPER = `
const { openSync, readFileSync, writeSync, closeSync } = require('node:fs');
const { parentPort, workerData: { file, own, everyMs } } = require('node:worker_threads');
const timer = setInterval(() => {
  let lost = false;
  try {
    lost = readFileSync(file, 'utf8') !== own;
    if (!lost) {
      const open = openSync(file, 'r+');
      writeSync(open, own, 0);
      closeSync(open);
    }
  } catch (error) {
    // A file server that is away for a moment is no loss; a lock that isn't there is.
    lost = error.code === 'ENOENT';
  }
  if (lost) {
    clearInterval(timer);
    parentPort.postMessage('lost');
  }
}, everyMs);
`;

/** Takes a lock that is free or whose owner is gone; returns whether this process has it now. */
function taken(file: string, own: string, lease: Lease): boolean {
  return created(file, own) || (removedStale(file, lease) && created(file, own));
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
function removedStale(file: string, lease: Lease): boolean {
  if (!isStale(file, readText(file), lease)) return false;
  const [removing, own] = [`${file}.stale`, ownText()];
  if (!taken(removing, own, lease)) return false;
  try {
    if (isStale(file, readText(file), lease)) rmSync(file, { force: true });
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

/** Is the owner surely gone? */
function isStale(file: string, text: string, { staleMs }: Lease): boolean {
  const owner = ownerOf(text);
  if (!owner) {
    const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    return Date.now() - made > EMPTY_MS;
  }
  const { slurm, system = systemHere() } = owner;
  const job = slurmJob();
  if (slurm && job && slurm.job === job.job && slurm.restarts < job.restarts) return true;
  // A lock of an older kit, which nobody writes again, is judged on its own host alone.
  if (owner.system === undefined && owner.host !== hostname()) return false;
  if (system !== systemHere() || owner.host !== hostname()) return ageOf(file) > staleMs;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return owner.started !== startOf(owner.pid);
}

/** Milliseconds since the file was written, by the clock of its file system: that of a file written beside it now. */
function ageOf(file: string): number {
  const beside = `${file}.${randomUUID()}`;
  return withFileInError(file, () => {
    try {
      writeFileSync(beside, '', { flag: 'wx' });
      const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      return statSync(beside).mtimeMs - written;
    } finally {
      rmSync(beside, { force: true });
    }
  });
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
      `and if that process is surely gone, remove ${lockFile(directory)} (on another host or in another container that is seen by itself after five minutes)`,
    { code: 'LOCKED', file: lockFile(directory), field: 'pid', value: pid },
  );
}
