import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REGIONS } from '../datasets/brats';
import { cellsOf } from '../experiment/cells';
import { ablations, comparison, COMPARED, rivals } from './experiments';
import { recordedAblations, recordedBrats, recordedRivals } from './recorded';
import { meanDice } from './scores';
import { recordedWeights } from './weights-list';

const { manifest, runs } = recordedBrats();

const name = ({ arm, seed }: { arm: string; seed: number }): string => `${arm} ${seed}`;

test('every arm was trained with every seed and scored on every test case and subset', () => {
  const cells = cellsOf(comparison(manifest.config));
  assert.equal(cells.length, COMPARED.length * manifest.config.brats.seeds);
  assert.deepEqual(runs.map(name).sort(), cells.map(name).sort());
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
  const recorded = recordedAblations();
  const cells = cellsOf(ablations(recorded.config));
  assert.deepEqual(recorded.runs.map(name).sort(), cells.map(name).sort());
});

test('every method of the rivals was trained and scored on every subset, with distances and calibration', () => {
  const recorded = recordedRivals();
  const cells = cellsOf(rivals(recorded.config));
  assert.deepEqual(recorded.runs.map(name).sort(), cells.map(name).sort());
  for (const { hd95, calibration, network, arm } of recorded.runs) {
    assert.ok(hd95 && calibration && network, arm);
  }
});

test('the shipped networks are those of the recorded runs', () => {
  const all = [recordedBrats(), recordedRivals()];
  for (const { method, seed, preset, data, dice } of recordedWeights()) {
    const recorded = all.find(({ config }) => config.preset === preset);
    assert.ok(recorded, method);
    assert.equal(data.sha256, recorded.manifest.data.sha256);
    const run = recorded.runs.find((one) => one.arm === method && one.seed === seed);
    assert.ok(run, method);
    for (const region of REGIONS) {
      assert.ok(Math.abs(dice[region] - meanDice(run, region)) < 0.006, `${method} ${region}`);
    }
  }
});
