import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sha256 } from '@mckd/lib/base';
import type { TrainingPlan } from '@mckd/lib/experiment';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { runCommand } from '../checks/layouts/command';

const SMALL = ['--preset', 'smoke', '--set', 'brats.width=0.03125', 'brats.phantom.cases=12'];

async function planIn(t: TestContext): Promise<{ plan: TrainingPlan; file: string; out: string }> {
  const folder = temporaryFolder(t);
  const out = join(folder, 'out');
  const planned = await runCommand(['plan', 'comparison', ...SMALL, '--out', out]);
  assert.equal(planned.code, 0, planned.stderr);
  const file = join(folder, 'plan.json');
  writeFileSync(file, planned.stdout);
  return { plan: JSON.parse(planned.stdout) as TrainingPlan, file, out };
}

test('a plan, its trainings one by one in any order, and their tables', async (t) => {
  const { plan, file, out } = await planIn(t);
  assert.deepEqual(
    plan.trainings.map(({ arm, done }) => [arm, done]),
    [
      ['allScans', false],
      ['randomSubsets', false],
      ['mckd', false],
    ],
  );
  const early = await runCommand(['gather', '--plan', file]);
  assert.equal(early.code, 1);
  assert.match(early.stderr, /^3 trainings are not finished: complete modalities only, seed 0;/);
  const none = await runCommand(['gather', '--plan', file, '--partial']);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^no training of complete modalities only, random subsets/);
  for (const { key } of [...plan.trainings].reverse()) {
    const receipt = join(out, `${key}.receipt`);
    const trained = await runCommand(['one', key, '--plan', file, '--receipt', receipt]);
    assert.equal(trained.code, 0, trained.stderr);
    const said = JSON.parse(readFileSync(receipt, 'utf8')) as { run: string; sha256: string };
    assert.equal(said.sha256, sha256(readFileSync(said.run)));
  }
  // Finished: at once, and with a new receipt.
  const [{ key }] = plan.trainings;
  rmSync(join(out, `${key}.receipt`));
  const again = await runCommand(['one', key, '--plan', file, '--receipt', join(out, 'again')]);
  assert.equal(again.code, 0, again.stderr);
  assert.ok(existsSync(join(out, 'again')));
  const gathered = await runCommand(['gather', '--plan', file]);
  assert.equal(gathered.code, 0, gathered.stderr);
  assert.match(gathered.stdout, /Three trainings over the 15 subsets/);
  assert.doesNotMatch(gathered.stdout, /UNFINISHED/);
  // With a second seed half is missing.
  const more = ['comparison', ...SMALL, 'brats.seeds=2', '--out', out];
  assert.equal((await runCommand(['gather', ...more])).code, 1);
  const partial = await runCommand(['gather', ...more, '--partial']);
  assert.equal(partial.code, 0, partial.stderr);
  assert.match(partial.stdout, /UNFINISHED: 3 of 6 trainings are missing/);
  const manifest = readFileSync(join(out, 'brats', 'comparison', 'manifest.json'), 'utf8');
  assert.match(manifest, /UNFINISHED: 3 of 6/);
  assert.equal((JSON.parse(manifest) as { missing?: number }).missing, 3);
});

test('an experiment whose tables can lack methods is gathered as far as it is', async (t) => {
  const folder = temporaryFolder(t);
  const options = ['--preset', 'smoke', '--out', join(folder, 'out')];
  const none = await runCommand(['gather', 'av-rivals', ...options, '--partial']);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^no training of .* is finished; tables need one: train them/);
  const planned = await runCommand(['plan', 'av-rivals', ...options]);
  const plan = JSON.parse(planned.stdout) as TrainingPlan;
  const { key } = plan.trainings.find(({ arm }) => arm === 'lowerBound/speech')!;
  const file = join(folder, 'plan.json');
  writeFileSync(file, planned.stdout);
  assert.equal((await runCommand(['one', key, '--plan', file])).code, 0);
  const some = await runCommand(['gather', '--plan', file, '--partial']);
  assert.equal(some.code, 0, some.stderr);
  const left = plan.trainings.length - 1;
  assert.match(some.stdout, new RegExp(`UNFINISHED: ${left} of ${left + 1} trainings are missing`));
  assert.match(some.stdout, /1 seed when finished, so far 1 of 1 cells, 0 of \d+ cells/);
});

test('unknown keys, and plans of other code or data, are one sentence', async (t) => {
  const { plan, file } = await planIn(t);
  const refuses = async (changed: object, key: string, sentence: RegExp): Promise<void> => {
    writeFileSync(file, JSON.stringify({ ...plan, ...changed }));
    const { code, stderr } = await runCommand(['one', key, '--plan', file]);
    assert.equal(code, 1);
    assert.match(stderr, sentence);
  };
  const [{ key }] = plan.trainings;
  await refuses({}, 'seed9-x', /^key is seed9-x; the plan has no such training/);
  await refuses(
    { numerics: plan.numerics + 1 },
    key,
    /^the plan's numerics is \d+, and now it is \d+; make the plan again/,
  );
  await refuses({ dataSha256: 'd' }, key, /^the plan's dataSha256 is d, and now/);
  await refuses({ trainings: 'none' }, key, /plan\.json: trainings is "none"/);
});
