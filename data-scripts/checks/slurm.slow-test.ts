import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '@mckd/lib/base';
import type { TrainingPlan } from '@mckd/lib/experiment';
import { findKitRoot } from '@mckd/lib/report';
import { slurmProblem, startSlurm, type Slurm } from './slurm';

const root = findKitRoot(__dirname);
const MCKD = join(root, 'data-scripts', 'mckd.mjs');
/** A checkpoint after 50 of 120 steps. */
const SWEEP = [
  ...['comparison', '--preset', 'smoke', '--set', 'brats.width=0.03125'],
  ...['brats.phantom.cases=12', 'brats.stageOne.until=60', 'brats.stageTwo.until=120'],
];

async function slurmIn(t: TestContext): Promise<{ folder: string; slurm: Slurm } | undefined> {
  const problem = slurmProblem();
  if (problem !== undefined) {
    t.skip(problem);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mckd-slurm-'));
  mkdirSync(join(folder, 'slurm'));
  const slurm = await startSlurm(join(folder, 'slurm'), ['n1', 'n2']);
  t.after(async () => {
    slurm.stop();
    // Its daemons write their last lines.
    await sleep(2000);
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, slurm };
}

const MINUTES = 10;

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + MINUTES * 60_000;
  while (!holds()) {
    assert.ok(Date.now() < end, `${what}: not within ${MINUTES} minutes`);
    await sleep(100);
  }
}

/** Steps that the log of a training has. */
function stepsOf(out: string, key: string): number {
  const log = join(out, 'brats', 'runs', key, 'log.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
}

const checkpointOf = (out: string, key: string): string =>
  sha256(readFileSync(join(out, 'brats', 'runs', key, 'checkpoint.safetensors')));

/** Without an interruption, with as many threads. */
function uninterrupted(out: string): void {
  const args = ['experiment', 'run', ...SWEEP, '--threads', '1', '--out', out];
  execFileSync(process.execPath, [MCKD, ...args], { stdio: 'ignore' });
}

test('a sweep by Snakemake and Slurm, one of its jobs cancelled, ends with its table', async (t) => {
  const here = await slurmIn(t);
  if (!here) return;
  const { folder, slurm } = here;
  const [out, whole, profile] = ['out', 'whole', 'profile'].map((name) => join(folder, name));
  uninterrupted(whole);
  mkdirSync(profile);
  const given = readFileSync(join(root, 'data-scripts/cluster/profiles/slurm/config.yaml'), 'utf8');
  writeFileSync(
    join(profile, 'config.yaml'),
    `${given}  slurm_partition: main\nslurm-init-seconds-before-status-checks: 5\n`,
  );
  const sweep = spawn(
    process.execPath,
    [MCKD, 'cluster', ...SWEEP, '--profile', profile, '--out', out],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  sweep.stdout.on('data', (part) => (said += String(part)));
  const ended = once(sweep, 'exit');
  const runs = join(out, 'brats', 'runs');
  const middle = (): string | undefined =>
    existsSync(runs) ? readdirSync(runs).find((key) => stepsOf(out, key) > 55) : undefined;
  await until('a training in the middle', () => middle() !== undefined);
  const [job] = slurm.run('squeue', '-h', '-t', 'R', '-o', '%i').trim().split('\n');
  slurm.run('scancel', job);
  assert.deepEqual(await ended, [0, null]);
  assert.match(said, /Three trainings over the 15 subsets/);
  for (const key of readdirSync(runs)) {
    assert.equal(checkpointOf(out, key), checkpointOf(whole, key), key);
  }
});

test('a job by hand is requeued, then its node is cut off: it resumes on the other, to the same bytes', async (t) => {
  const here = await slurmIn(t);
  if (!here) return;
  const { folder, slurm } = here;
  const [out, whole] = [join(folder, 'out'), join(folder, 'whole')];
  uninterrupted(whole);
  const file = join(folder, 'plan.json');
  const printed = execFileSync(process.execPath, [MCKD, 'plan', ...SWEEP, '--out', out]);
  writeFileSync(file, printed);
  const { trainings } = JSON.parse(String(printed)) as TrainingPlan;
  const { key } = trainings[2];
  const log = join(folder, 'job.log');
  const command = `TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 ${process.execPath} ${MCKD} one ${key} --plan ${file} --receipt ${out}/receipt`;
  const job = slurm
    .run(
      'sbatch',
      ...['--parsable', '--requeue', '--open-mode=append', '-o', log, '--wrap', command],
    )
    .trim();
  const state = (format: string): string =>
    slurm.run('squeue', '-h', '-j', job, '-o', format).trim();
  const startNow = async (): Promise<void> => {
    // A requeued job waits two minutes by itself.
    await until('requeued', () => /PENDING/.test(state('%T')));
    slurm.run('scontrol', 'update', `jobid=${job}`, 'starttime=now');
    await until('running again', () => state('%T') === 'RUNNING');
  };
  await until('its first checkpoint', () => stepsOf(out, key) > 55);
  slurm.run('scontrol', 'requeue', job);
  await startNow();
  const node = state('%N');
  const before = stepsOf(out, key);
  await until('more steps', () => stepsOf(out, key) > before + 5 || existsSync(`${out}/receipt`));
  assert.ok(!existsSync(`${out}/receipt`), 'it ended before its node was cut off');
  // The step's keeper first, which would report the end of the training.
  spawnSync('pkill', ['-9', 'slurmstepd']);
  spawnSync('pkill', ['-9', '-f', `one ${key}`]);
  slurm.run('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=cut off');
  await startNow();
  await until('its receipt', () => existsSync(`${out}/receipt`));
  const begun = [...readFileSync(log, 'utf8').matchAll(/begins at step (\d+)/g)].map(([, n]) =>
    Number(n),
  );
  assert.ok(begun.length >= 3 && begun[1] > 0 && begun[2] > 0, `begins at ${begun.join(', ')}`);
  assert.equal(checkpointOf(out, key), checkpointOf(whole, key));
});
