import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diceScore } from './metrics';

test('Dice counts what both have twice over what each has', () => {
  assert.equal(diceScore([1, 1, 0, 0], [0, 1, 1, 0]), 0.5);
  assert.equal(diceScore([1, 0, 1], [1, 0, 1]), 1);
  assert.equal(diceScore([1, 1, 1, 0], [1, 0, 0, 0]), 0.5);
});

test('an empty truth gives 1 to an empty prediction and 0 to any other', () => {
  assert.equal(diceScore([0, 0], [0, 0]), 1);
  assert.equal(diceScore([0, 1], [0, 0]), 0);
  assert.equal(diceScore([0, 0], [0, 1]), 0);
});
