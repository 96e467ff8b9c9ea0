import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  availabilityOf,
  drawModalities,
  MODALITIES,
  MODALITY_NAMES,
  MODALITY_SUBSETS,
  subsetIndex,
  subsetName,
  subsetWithout,
} from './modality';
import { randomStream } from './random';

test('the 15 subsets are in the order in which the papers print them', () => {
  const printed = MODALITY_SUBSETS.map((subset) => subset.map((m) => MODALITY_NAMES[m]).join('+'));
  assert.deepEqual(printed, [
    'FLAIR',
    'T1',
    'T1ce',
    'T2',
    'FLAIR+T1',
    'FLAIR+T1ce',
    'FLAIR+T2',
    'T1+T1ce',
    'T1+T2',
    'T1ce+T2',
    'FLAIR+T1+T1ce',
    'FLAIR+T1+T2',
    'FLAIR+T1ce+T2',
    'T1+T1ce+T2',
    'FLAIR+T1+T1ce+T2',
  ]);
  assert.deepEqual(availabilityOf(['t2', 'flair']), [true, false, false, true]);
});

test('a subset by name and by index, in whatever order its scans are given', () => {
  assert.equal(subsetName(['flair', 't1ce']), 'FLAIR + T1ce');
  MODALITY_SUBSETS.forEach((subset, s) => {
    assert.equal(subsetIndex([...subset].reverse()), s);
  });
  assert.deepEqual(MODALITIES.map(subsetWithout), [13, 12, 11, 10]);
});

test('sizes are drawn equally often', () => {
  const stream = randomStream(1, 'draws');
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) counts[drawModalities(stream).length - 1] += 1;
  // Four standard deviations of a binomial count around 1,000.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 110, String(counts));
});
