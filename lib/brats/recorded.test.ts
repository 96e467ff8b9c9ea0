import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REGIONS } from '../datasets/brats';
import { findKitRoot } from '../report/notebook';
import { subsetDice } from './comparison-table';
import { ablationConclusions } from './ablation-conclusions';
import { ablationTasks } from './ablations';
import { bratsConclusions } from './conclusions';
import { BRATS_METHODS } from './methods';
import { recordedAblations, recordedBrats } from './recorded';
import { recordedWeights } from './weights-list';

const { manifest, runs } = recordedBrats();

test('every method was trained with every seed and scored on every test case and subset', () => {
  const methods = Object.keys(BRATS_METHODS);
  const { seeds } = manifest.config.brats;
  assert.deepEqual(
    runs.map(({ method, seed }) => `${method} ${seed}`).sort(),
    methods.flatMap((method) => Array.from({ length: seeds }, (_, s) => `${method} ${s}`)).sort(),
  );
  const cases = Object.keys(runs[0].test);
  for (const run of runs) {
    assert.deepEqual(Object.keys(run.test), cases);
    for (const scores of Object.values(run.test)) {
      assert.equal(scores.length, 15);
      assert.ok(scores.flat().every((dice) => dice >= 0 && dice <= 1));
    }
  }
});

test('every ablation was trained with every seed', () => {
  const { config, runs: ablations } = recordedAblations();
  const name = ({ method, seed }: { method: string; seed: number }): string => `${method} ${seed}`;
  assert.deepEqual(ablations.map(name).sort(), ablationTasks(config).map(name).sort());
});

test('the README says what the recorded runs show, word for word', () => {
  const plain = (text: string): string => text.replace(/\s+/g, ' ');
  const readme = plain(readFileSync(join(findKitRoot(__dirname), 'README.md'), 'utf8'));
  for (const sentence of [...bratsConclusions(runs), ...ablationConclusions(recordedAblations())]) {
    assert.ok(readme.includes(plain(sentence)), `the README lacks: ${sentence}`);
  }
});

test('the networks that are shipped are those of the recorded runs', () => {
  const records = recordedWeights();
  assert.equal(records.length, Object.keys(BRATS_METHODS).length);
  for (const { method, seed, data, dice } of records) {
    assert.equal(data.sha256, manifest.data.sha256);
    const run = runs.find((one) => one.method === method && one.seed === seed);
    assert.ok(run, method);
    for (const region of REGIONS) {
      assert.ok(Math.abs(dice[region] - subsetDice(run, region)) < 0.006, `${method} ${region}`);
    }
  }
});
