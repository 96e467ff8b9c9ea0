import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrainingPlan } from '@mckd/lib/experiment';
import { findKitRoot } from '@mckd/lib/report';
import { slurmProblem, startSlurm, type Slurm } from './slurm';
import {
  checkpointsOf,
  IN_THE_MIDDLE,
  keysOf,
  MCKD,
  stepsOf,
  sweepOf,
  uninterrupted,
} from './sweep';

const SWEEP = sweepOf();

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

test('a sweep by Snakemake and Slurm, one of its jobs cancelled, ends with its table', async (t) => {
  const here = await slurmIn(t);
  if (!here) return;
  const { folder, slurm } = here;
  const [out, whole, profile] = ['out', 'whole', 'profile'].map((name) => join(folder, name));
  uninterrupted(whole, SWEEP);
  mkdirSync(profile);
  const given = readFileSync(
    join(findKitRoot(__dirname), 'data-scripts/cluster/profiles/slurm/config.yaml'),
    'utf8',
  );
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
  const middle = (): boolean => keysOf(out).some((key) => stepsOf(out, key) > IN_THE_MIDDLE);
  await until('a training in the middle', middle);
  const [job] = slurm.run('squeue', '-h', '-t', 'R', '-o', '%i').trim().split('\n');
  slurm.run('scancel', job);
  assert.deepEqual(await ended, [0, null]);
  assert.match(said, /Three trainings over the 15 subsets/);
  assert.deepEqual(checkpointsOf(out), checkpointsOf(whole));
});

test('a job by hand is requeued, then its node is cut off: it resumes on the other, to the same bytes', async (t) => {
  const here = await slurmIn(t);
  if (!here) return;
  const { folder, slurm } = here;
  const [out, whole] = [join(folder, 'out'), join(folder, 'whole')];
  uninterrupted(whole, SWEEP);
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
  await until('its first checkpoint', () => stepsOf(out, key) > IN_THE_MIDDLE);
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
  assert.equal(checkpointsOf(out)[key], checkpointsOf(whole)[key]);
});
