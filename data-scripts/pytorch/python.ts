/** PyTorch's side of the tests in this folder. */
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findKitRoot } from '@mckd/lib/report';

export const SCRIPTS = join(findKitRoot(__dirname), 'data-scripts', 'pytorch');

type RunPython = (args: string[]) => SpawnSyncReturns<string>;

/** Runs the named Python with PyTorch in a folder, or skips the test and says how to have it run. */
export function pythonOrSkip(t: TestContext, cwd = process.cwd()): RunPython | null {
  const python = process.env.MCKD_TORCH_PYTHON;
  if (!python) {
    t.skip(
      'no Python with PyTorch named; install data-scripts/pytorch/requirements.txt and set MCKD_TORCH_PYTHON to its python',
    );
    return null;
  }
  return (args) => spawnSync(python, args, { cwd, encoding: 'utf8', timeout: 600_000 });
}

/** What it wrote to stdout. */
export function succeed(run: SpawnSyncReturns<string>): string {
  assert.equal(run.status, 0, run.stderr || run.stdout);
  return run.stdout;
}
