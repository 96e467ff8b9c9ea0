import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { positionAt, stageSteps, trainingSteps } from './schedule';

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
