/** A small sweep for tests that stop its trainings in the middle. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@mckd/lib/base';
import { findKitRoot } from '@mckd/lib/report';

export const MCKD = join(findKitRoot(__dirname), 'data-scripts', 'mckd.mjs');

/** Three methods; a checkpoint after 50 of 120 steps. @param more settings */
export const sweepOf = (...more: string[]): string[] => [
  ...['comparison', '--preset', 'smoke', '--set', 'brats.width=0.03125', 'brats.phantom.cases=12'],
  ...['brats.stageOne.until=60', 'brats.stageTwo.until=120', ...more],
];

/** Steps after which there is a checkpoint, and not yet the next. */
export const IN_THE_MIDDLE = 55;

const runsOf = (out: string): string => join(out, 'brats', 'runs');

/** Keys of the trainings that have begun. */
export const keysOf = (out: string): string[] =>
  existsSync(runsOf(out)) ? readdirSync(runsOf(out)) : [];

/** Steps that the log of a training has. */
export function stepsOf(out: string, key: string): number {
  const log = join(runsOf(out), key, 'log.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
}

/** SHA-256 of the checkpoint of each training. */
export const checkpointsOf = (out: string): Record<string, string> =>
  Object.fromEntries(
    keysOf(out).map((key) => [
      key,
      sha256(readFileSync(join(runsOf(out), key, 'checkpoint.safetensors'))),
    ]),
  );

/** The sweep without an interruption, with as many threads. */
export function uninterrupted(out: string, sweep: readonly string[]): void {
  const args = ['experiment', 'run', ...sweep, '--threads', '1', '--out', out];
  execFileSync(process.execPath, [MCKD, ...args], { stdio: 'ignore' });
}
