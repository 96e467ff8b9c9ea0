import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedDifference } from './statistics';

test('the 95 % interval is the one of the paired t-test', () => {
  // from scipy.stats import ttest_rel
  // ttest_rel([94.2, 93.8, 95.1, 94.0], [93.9, 93.1, 95.3, 93.6]).confidence_interval()
  const golden = [-0.2953811863, 0.8953811863];
  const { difference, interval } = pairedDifference(
    [94.2, 93.8, 95.1, 94.0],
    [93.9, 93.1, 95.3, 93.6],
  );
  assert.ok(Math.abs(difference - 0.3) < 1e-9);
  assert.ok(interval);
  assert.ok(Math.abs(interval[0] - golden[0]) < 1e-6 && Math.abs(interval[1] - golden[1]) < 1e-6);
});

test('one seed has a difference and no interval; unequal counts are refused', () => {
  assert.deepEqual(pairedDifference([2], [1.5]), { difference: 0.5 });
  assert.throws(() => pairedDifference([1, 2], [1]), /got 2 and 1/);
});
