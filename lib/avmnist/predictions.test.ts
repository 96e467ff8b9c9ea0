import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionsOf, rightOnes, runPredictionsSchema, wrongPredictions } from './predictions';

test('wrong predictions are kept with their place and class, and give back which samples are right', () => {
  const truth = [3, 3, 7, 0, 9, 9];
  const predicted = [8, 3, 7, 1, 9, 4];
  const wrong = wrongPredictions(truth, predicted);
  assert.deepEqual(wrong, [8, 21, 14]);
  assert.deepEqual(positionsOf(wrong), [0, 3, 5]);
  assert.deepEqual([...rightOnes(6, wrong)], [0, 1, 1, 0, 1, 0]);
  assert.deepEqual(wrongPredictions(truth, truth), []);
});

test('a record whose predictions do not fit its count is refused', () => {
  const pairs = { count: 6, last: [8, 21, 14], chosen: [] };
  assert.deepEqual(runPredictionsSchema.parse({ pairs }), { pairs });
  for (const broken of [{ count: 5 }, { chosen: [60] }, { last: [-1] }, { last: [1.5] }])
    assert.equal(runPredictionsSchema.safeParse({ pairs: { ...pairs, ...broken } }).success, false);
});
