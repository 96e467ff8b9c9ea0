import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import {
  checkpointsOf,
  IN_THE_MIDDLE,
  keysOf,
  MCKD,
  stepsOf,
  sweepOf,
  uninterrupted,
} from '../checks/sweep';

/** Two seeds of each method. */
const SWEEP = sweepOf('brats.seeds=2');

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MCKD, ...args], { stdio: 'ignore' });
}

/** Ids of processes whose command line has the text. */
function processesWith(text: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(text) && Number(name) !== process.pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function skipReason(): string | undefined {
  if (process.platform !== 'linux') return 'processes are found in /proc';
  const { status } = spawnSync('python3', [
    '-c',
    'import sys; sys.exit(sys.version_info < (3, 11))',
  ]);
  return status === 0 ? undefined : 'Snakemake needs Python 3.11 or newer as python3';
}

/** Kills Snakemake and one of its trainings, which is in the middle, with -9. */
async function killInTheMiddle(out: string): Promise<void> {
  const first = start(['cluster', ...SWEEP, '--out', out]);
  while (!keysOf(out).some((key) => stepsOf(out, key) > IN_THE_MIDDLE)) {
    assert.equal(first.exitCode, null, 'ended before a training was in the middle');
    await sleep(20);
  }
  const workers = processesWith(`--plan ${join(out, 'jobs', 'plan.json')}`);
  const engines = processesWith(join(out, 'jobs', 'snakemake'));
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  for (const pid of [...engines, ...workers]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  await gone;
  assert.ok(engines.length > 0 && workers.length > 0, 'nothing was killed');
}

test('killed with -9 in the middle, a sweep ends byte for byte as uninterrupted', async (t: TestContext) => {
  const reason = skipReason();
  if (reason) return t.skip(reason);
  const folder = temporaryFolder(t);
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  uninterrupted(whole, SWEEP);
  await killInTheMiddle(killed);
  const again = execFileSync(process.execPath, [MCKD, 'cluster', ...SWEEP, '--out', killed], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.match(again, /Three trainings over the 15 subsets/);
  const logs = readdirSync(join(killed, 'jobs')).filter((name) => name.startsWith('seed'));
  const begun = logs
    .filter((name) => name.endsWith('.log'))
    .map((name) => /begins at step (\d+)/.exec(readFileSync(join(killed, 'jobs', name), 'utf8')));
  assert.ok(
    begun.some((found) => Number(found?.[1]) > 0),
    'no training was resumed',
  );
  assert.deepEqual(checkpointsOf(killed), checkpointsOf(whole));
});
