import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { epochBatches, splitTraining } from './split';

/** 3 digits of 40 pairs, the first `full` of each complete. */
const digits = Array.from({ length: 120 }, (_, p) => Math.floor(p / 40));
const completeAt = (full: number): boolean[] => digits.map((_, p) => p % 40 < full);

test('a tenth of each digit is held out, complete pairs in proportion and at least one', () => {
  for (const [full, expected] of [
    [2, 1],
    [20, 2],
  ]) {
    const split = splitTraining(digits, completeAt(full), 0.1, randomStream(0, 'split'));
    for (const digit of [0, 1, 2]) {
      const held = split.heldOut.filter((p) => digits[p] === digit);
      assert.equal(held.length, 4);
      assert.equal(held.filter((p) => split.complete[p]).length, expected);
    }
    assert.deepEqual(
      [...split.train, ...split.heldOut].sort((a, b) => a - b),
      digits.map((_, p) => p),
    );
  }
});

test('a digit that would keep no complete pair is refused', () => {
  assert.throws(
    () => splitTraining(digits, completeAt(1), 0.1, randomStream(0, 'split')),
    /digit 0 \(it has 1\)/,
  );
});

test('every pair occurs once per epoch; complete pairs are spread; epochs differ; a seed repeats', () => {
  const split = splitTraining(digits, completeAt(8), 0.1, randomStream(0, 'split'));
  const stream = randomStream(0, 'order');
  const batches = epochBatches(split, 12, stream);
  assert.deepEqual(
    batches.flat().sort((a, b) => a - b),
    split.train,
  );
  const counts = batches.map((batch) => batch.filter((p) => split.complete[p]).length);
  assert.ok(
    Math.max(...counts) - Math.min(...counts) <= 2,
    `complete pairs per batch: ${counts.join(' ')}`,
  );
  assert.notDeepEqual(epochBatches(split, 12, stream), batches);
  assert.deepEqual(epochBatches(split, 12, randomStream(0, 'order')), batches);
});

test('a single remaining pair joins the batch before it, since one sample has no batch statistics', () => {
  const split = { train: [0, 1, 2, 3, 4], heldOut: [], complete: [true, true, true, true, true] };
  assert.deepEqual(
    epochBatches(split, 4, randomStream(0, 'order')).map((batch) => batch.length),
    [5],
  );
});
