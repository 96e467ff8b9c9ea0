import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diceScore, overlapScores } from './overlap';

test('Dice is twice the intersection over the sum of sizes', () => {
  assert.equal(diceScore([1, 1, 0, 0], [0, 1, 1, 0]), 0.5);
  assert.equal(diceScore([1, 0, 1], [1, 0, 1]), 1);
  assert.equal(diceScore([1, 1, 1, 0], [1, 0, 0, 0]), 0.5);
});

test('an empty ground truth gives 1 to an empty prediction and 0 to any other', () => {
  assert.equal(diceScore([0, 0], [0, 0]), 1);
  assert.equal(diceScore([0, 1], [0, 0]), 0);
  assert.equal(diceScore([0, 0], [0, 1]), 0);
});

test('sensitivity is the share of the ground truth found, specificity that of the rest not predicted', () => {
  assert.deepEqual(overlapScores([1, 1, 0, 0, 0, 5], [1, 1, 1, 1, 0, 0]), {
    dice: 4 / 7,
    sensitivity: 0.5,
    specificity: 0.5,
    predictionVoxels: 3,
    truthVoxels: 4,
  });
});

test('undefined scores are NaN, or by BraTS’ convention', () => {
  const scores = (prediction: number[], truth: number[]) =>
    (['brats', 'nan'] as const).map((convention) => {
      const { dice, sensitivity, specificity } = overlapScores(prediction, truth, { convention });
      return [dice, sensitivity, specificity];
    });
  assert.deepEqual(scores([0, 0], [0, 0]), [
    [1, 1, 1],
    [NaN, NaN, 1],
  ]);
  assert.deepEqual(scores([1, 0], [0, 0]), [
    [0, 0, 0.5],
    [0, NaN, 0.5],
  ]);
  assert.deepEqual(scores([0, 0], [0, 1]), [
    [0, 0, 1],
    [0, 0, 1],
  ]);
  assert.deepEqual(scores([0, 1], [1, 1]), [
    [2 / 3, 0.5, 1],
    [2 / 3, 0.5, NaN],
  ]);
});

test('masks of different lengths are an error', () => {
  assert.throws(() => diceScore([1], [1, 0]), { code: 'MISMATCH' });
});
