/** For tests of --json: parsing a command's stdout, and data to run it on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** The objects of stdout, one per line, of a command that succeeds. */
export function objectsOf(args: string[], env: NodeJS.ProcessEnv): Record<string, unknown>[] {
  const run = spawnSync(process.execPath, [MCKD, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.equal(run.status, 0, run.stderr);
  return parsed(run.stdout);
}

/** Objects, one per line. */
export function parsed(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Five cases, and an environment with an empty cache. */
export function fiveCases(t: TestContext): { root: string; data: string; env: NodeJS.ProcessEnv } {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  return { root, data, env: { MCKD_CACHE: join(root, 'cache') } };
}

/** Trainings of two steps, one of each stage. */
export const ONE_OF_EACH = {
  stageOne: { until: 1, metaEvery: 1 },
  stageTwo: { until: 1, metaEvery: 1 },
};
