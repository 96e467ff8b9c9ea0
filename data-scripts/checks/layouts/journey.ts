/** A user's workflow with a data set: verify, train, segment with the trained network, evaluate, view. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { knownCodes, REGIONS } from '@mckd/lib/datasets';
import { readNifti } from '@mckd/lib/formats';
import type { MadeLayout } from './generate';
import { namingOf } from './namings';

const MCKD = join(__dirname, '..', '..', '..', 'mckd.mjs');

/** Only a guard against a command that never ends. */
const GUARD_MS = 600_000;

/** A training of two steps, one of each stage. */
export const TWO_STEPS = [
  ...['--preset', 'smoke', '--set', 'brats.width=0.03125'],
  ...['--set', 'brats.stageOne.until=1', '--set', 'brats.stageTwo.until=1'],
];

/** Runs `mckd` in a folder; it must succeed, without a stack. */
function mckd(folder: string, args: readonly string[], what: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MCKD, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, MCKD_CACHE: join(folder, 'cache') },
    timeout: GUARD_MS,
    killSignal: 'SIGKILL',
  });
  const told = `${what}: mckd ${args.join(' ')}\n${stdout}${stderr}`;
  assert.equal(status, 0, told);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+/m, told);
  return stdout;
}

/**
 * The whole workflow with a valid data set, each command with the options that describe it, from the folder beside it.
 */
export async function travel(made: MadeLayout): Promise<void> {
  const { description, options, cases, naming } = made;
  const [folder, data] = [dirname(made.folder), basename(made.folder)];
  const run = (...args: string[]): string => mckd(folder, [...args, ...options], description);

  assert.match(run('verify', data), new RegExp(`^${cases.length} case\\(s\\).*: no fault$`, 'm'));
  run('train', '--data', data, '--out', 'run', ...TWO_STEPS);
  const checkpoint = join('run', 'checkpoint.safetensors');
  run('segment', '--checkpoint', checkpoint, '--case', data, '--out', 'results');
  const results = cases.map(({ name }) => join('results', `${name}.nii.gz`));
  const codes = knownCodes({ ...namingOf(naming).codes, ignore: [] });
  for (const file of results) {
    const { values } = await readNifti(join(folder, file));
    const others = [...new Set(values)].filter((value) => !codes.includes(value));
    assert.deepEqual(others, [], `${description}: ${file}`);
  }

  const { cases: scored } = JSON.parse(
    run('evaluate', '--prediction', 'results', '--truth', data, '--json'),
  ) as { cases: { name: string; scores: Record<string, { dice: number; hd95: number }> }[] };
  assert.deepEqual(scored.map(({ name }) => name).sort(), cases.map(({ name }) => name).sort());
  for (const { name, scores } of scored) {
    for (const region of REGIONS) {
      const { dice, hd95 } = scores[region];
      assert.ok(
        Number.isFinite(dice) && Number.isFinite(hd95),
        `${description}: ${name} ${region}`,
      );
    }
  }

  const [{ name }] = cases;
  run('view', '--case', data, '--name', name, '--prediction', results[0], '--out', 'page.html');
  assert.ok(existsSync(join(folder, 'page.html')), description);
}
