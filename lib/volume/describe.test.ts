import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statisticsOf } from './describe';

test('statistics are those of numpy', () => {
  // numpy 2.4: a = np.array([1.5, -2, 0, 7, 0]); a.mean(), a.std()
  const found = statisticsOf(Float32Array.of(1.5, -2, 0, 7, 0));
  assert.deepEqual(
    { ...found, std: found.std.toFixed(10) },
    { min: -2, max: 7, mean: 1.3, std: '3.0594117082', nonzero: 3 },
  );
});

test('what is not finite is counted and left out', () => {
  const found = statisticsOf(Float32Array.of(1, NaN, 3, Infinity));
  assert.deepEqual(found, { min: 1, max: 3, mean: 2, std: 1, nonzero: 4, nonFinite: 2 });
  assert.ok(Number.isNaN(statisticsOf(Float32Array.of(NaN)).mean));
});
