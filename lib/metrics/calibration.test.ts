import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addToBins, calibrationError, emptyBins } from './calibration';

function errorOf(probabilities: number[], truth: number[]): number {
  const bins = emptyBins();
  addToBins(bins, Float32Array.from(probabilities), truth);
  return calibrationError(bins);
}

test('the calibration error is the gap between probability and share, bin by bin', () => {
  // Eight voxels at 0.75, six of them inside: calibrated. At 0.25 all eight outside: a gap of 0.25 for half the voxels.
  const probabilities = [...Array<number>(8).fill(0.75), ...Array<number>(8).fill(0.25)];
  const calibrated = [...Array<number>(6).fill(1), 0, 0];
  assert.equal(errorOf(probabilities, [...calibrated, ...Array<number>(8).fill(0)]), 0.125);
  assert.equal(errorOf(probabilities.slice(0, 8), calibrated), 0);
});

test('certain predictions are counted in the last bin, and their error is the share of wrong ones', () => {
  assert.equal(errorOf([1, 1, 0, 0], [1, 0, 0, 1]), 0.5);
  assert.ok(Number.isNaN(errorOf([], [])));
});
