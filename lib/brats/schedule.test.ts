import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import type { DECAYS } from '../config/brats-settings';
import { learningRateAt, positionAt, stageSteps, trainingSteps } from './schedule';

const { brats } = buildConfig('paper');

test("the paper's run: 80,000 and 35,001 steps, 800 and 70 meta events", () => {
  assert.equal(stageSteps(brats, 1), 80_000);
  assert.equal(stageSteps(brats, 2), 35_001);
  const events = { 1: 0, 2: 0 };
  for (let step = 0; step < trainingSteps(brats); step++) {
    const { stage, meta } = positionAt(step, brats);
    if (meta) events[stage] += 1;
  }
  assert.deepEqual(events, { 1: 800, 2: 70 });
});

test('stage two begins with the last iteration of stage one, at its own learning rate', () => {
  assert.deepEqual(
    [positionAt(0, brats), positionAt(79_999, brats), positionAt(80_000, brats)].map(
      ({ stage, iteration }) => [stage, iteration],
    ),
    [
      [1, 0],
      [1, 79_999],
      [2, 79_999],
    ],
  );
  assert.equal(positionAt(0, brats).learningRate, 1e-2);
  // 1e-2 (1 - 79,999 / 115,000)^0.9 = 0.00343
  assert.equal(positionAt(80_000, brats).learningRate.toPrecision(3), '0.00343');
  const last = positionAt(trainingSteps(brats) - 1, brats);
  assert.equal(last.iteration, 114_999);
  assert.ok(last.learningRate < 1e-6);
});

test('without distillation there is no meta event', () => {
  const { brats: plain } = buildConfig('paper', { brats: { distillationWeight: 0 } });
  for (const step of [0, 100, 80_001]) assert.equal(positionAt(step, plain).meta, false);
});

test('without passes over the meta-validation cases there is no meta event', () => {
  const { brats: still } = buildConfig('paper', { brats: { metaRepeats: 0 } });
  for (const step of [0, 100, 80_001]) {
    assert.equal(positionAt(step, brats).meta, true);
    assert.equal(positionAt(step, still).meta, false);
  }
});

test('a training without stage one has its random subsets from the first step on', () => {
  const { brats: single } = buildConfig('paper', { brats: { model: 'rfnet' } });
  assert.deepEqual([stageSteps(single, 1), stageSteps(single, 2)], [0, 45_000]);
  const ends = [0, trainingSteps(single) - 1].map((step) => positionAt(step, single));
  assert.deepEqual(
    ends.map(({ stage, iteration }) => [stage, iteration]),
    [
      [2, 0],
      [2, 44_999],
    ],
  );
});

test('the learning rate falls by iteration, by epoch, an epoch ahead, or in steps', () => {
  const of = { learningRate: 2e-4, decayPower: 0.9, decayFactor: 0.25, epoch: 150 };
  const at = (decay: (typeof DECAYS)[number], iteration: number): number =>
    learningRateAt(iteration, 45_000, { ...of, decay });
  // 2e-4 (1 - e / 300)^0.9: numpy's round(2e-4 * np.power(1 - np.float32(e) / np.float32(300), 0.9), 8)
  assert.deepEqual(
    [0, 149, 150, 15_000, 44_999].map((i) => at('epochs', i)),
    [2e-4, 2e-4, 1.994e-4, 1.3885e-4, 1.18e-6],
  );
  assert.equal(at('iterations', 149), 2e-4 * (1 - 149 / 45_000) ** 0.9);
  assert.equal(at('nextEpoch', 0), 2e-4 * (1 - 1 / 300) ** 0.9);
  assert.equal(at('nextEpoch', 44_999), 0);
  assert.deepEqual(
    [149, 150, 450].map((i) => at('steps', i)),
    [2e-4, 2e-4 / 4, 2e-4 / 64],
  );
});
