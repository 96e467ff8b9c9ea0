/** Python programs of the kit's commands, each with an environment of its own, made at the first call. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, takeLock, UserError, writeFileAtomic } from '@mckd/lib/base';

export interface PythonEnvironment {
  /** The kit's. */
  root: string;
  /** The environment's folder, such as `.venv-cluster`. */
  folder: string;
  /** The file of pinned packages; when it changes, the environment is renewed. */
  requirements: string;
  /** What is set up, for messages. */
  what: string;
  /** About how much is downloaded. */
  size: string;
}

const PYTHONS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

/**
 * @returns the folder of its programs
 * @throws UserError without a Python of 3.11 or newer, or where pip fails
 */
export async function pythonEnvironment(made: PythonEnvironment): Promise<string> {
  const { what, requirements } = made;
  const folder = join(made.root, made.folder);
  const stamp = join(folder, 'mckd-requirements');
  const wanted = sha256(readFileSync(requirements));
  const programs = join(folder, 'bin');
  const isThere = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isThere()) return programs;
  const release = await takeLock(`${folder}.lock`, { waitMs: 600_000 });
  try {
    if (isThere()) return programs;
    const python = PYTHONS.find(isRecent);
    if (python === undefined) {
      throw new UserError(
        `${what} needs Python 3.11 or newer, and none of ${PYTHONS.join(', ')} is; install one`,
        { code: 'MISSING', field: 'python' },
      );
    }
    console.error(`setting up ${what} in ${made.folder}, once (about ${made.size})`);
    runProgram(python, ['-m', 'venv', folder]);
    runProgram(join(programs, 'pip'), ['install', '--quiet', '--requirement', requirements]);
    writeFileAtomic(stamp, wanted);
    return programs;
  } finally {
    release();
  }
}

function isRecent(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end.
 * @returns what it wrote to stderr
 * @throws UserError with that, where it fails
 */
export function runProgram(program: string, args: string[]): string {
  const { status, stderr, error } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stderr;
  throw new UserError(
    `${program} ${args.join(' ')} failed: ${(stderr ?? '').trim() || String(error ?? status)}`,
    { code: 'PROCESS', field: program },
    { cause: error },
  );
}
