/** Tries whether results can be written, before the work starts. */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, withFileInError } from './atomic-write';

/**
 * Makes a folder and tries whether it can be written to.
 * @throws UserError naming the folder
 */
export function tryFolder(folder: string): void {
  withFileInError(folder, () => {
    makeFolder(folder);
    tryWriting(folder);
  });
}

/**
 * Tries whether a folder of results can be written to, before the work starts; a folder that doesn't exist yet is not
 * made, and its nearest existing parent is tried.
 * @throws UserError naming the folder
 */
export function tryPlace(folder: string): void {
  withFileInError(folder, () => {
    let there = resolve(folder);
    while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
    if (!statSync(there).isDirectory()) throw new Error(`${there} is a file, not a folder`);
    tryWriting(there);
  });
}

/** More than the few bytes that a full disk still accepts. */
const TRIAL_BYTES = 65536;

/** @throws the system's error */
function tryWriting(folder: string): void {
  const trial = join(folder, `.mckd-trial-${process.pid}`);
  try {
    writeFileSync(trial, Buffer.alloc(TRIAL_BYTES));
  } finally {
    rmSync(trial, { force: true });
  }
}
