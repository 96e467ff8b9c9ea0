import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';

const MCKD = join(findKitRoot(__dirname), 'data-scripts', 'mckd.mjs');

/** Two seeds of three methods; a checkpoint after 50 of 120 steps. */
const SWEEP = [
  ...['comparison', '--preset', 'smoke', '--set', 'brats.width=0.03125', 'brats.seeds=2'],
  ...['brats.phantom.cases=12', 'brats.stageOne.until=60', 'brats.stageTwo.until=120'],
];

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

/** Steps that a training's log has. */
function stepsOf(out: string): number[] {
  const runs = join(out, 'brats', 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs).map((name) => {
    const log = join(runs, name, 'log.jsonl');
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
  });
}

function checkpoints(out: string): Record<string, string> {
  const runs = join(out, 'brats', 'runs');
  return Object.fromEntries(
    readdirSync(runs).map((name) => [
      name,
      sha256(readFileSync(join(runs, name, 'checkpoint.safetensors'))),
    ]),
  );
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
  while (!stepsOf(out).some((steps) => steps > 55)) {
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
  execFileSync(
    process.execPath,
    [MCKD, 'experiment', 'run', ...SWEEP, '--threads', '1', '--out', whole],
    { stdio: 'ignore' },
  );
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
  assert.deepEqual(checkpoints(killed), checkpoints(whole));
});
