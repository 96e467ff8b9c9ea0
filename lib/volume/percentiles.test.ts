import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseInBrain } from './brain';
import { betweenPercentiles } from './percentiles';
import { normaliseRange } from './range';

/*
numpy 2.4:
  i = np.arange(4096)
  a = np.where(i % 4 == 0, 0, (i * 7919 % 331) * (i * 104729 % 337) / 256).astype(np.float32)
  brain = a[a > 0]
  low, high = np.percentile(brain, [1, 99])
  kept = brain[(brain > low) & (brain < high)]
  v = (a - kept.mean(dtype=float)) / kept.std(dtype=float)
  print(len(brain), len(kept), v[[0, 1, 2, 3, 1001, 4095]])
  b = a - 20
  r = (b - b.min()) / (b.max() - b.min())
  print(r[[0, 1, 2, 3, 1001, 4095]])
*/
const AT = [0, 1, 2, 3, 1001, 4095];
const BRAIN = 3054;
const BETWEEN = 2992;
const STANDARDISED = [-1.167363, 2.20521, 0.996975, -0.0453, -0.576459, -0.507351];
const RANGED = [0, 0.723543, 0.464331, 0.240724, 0.126771, 0.141597];

const scan = Float32Array.from({ length: 4096 }, (_, i) =>
  i % 4 === 0 ? 0 : (((i * 7919) % 331) * ((i * 104729) % 337)) / 256,
);

function assertNear(actual: ArrayLike<number>, expected: readonly number[]): void {
  expected.forEach((value, i) => {
    const found = actual[AT[i]];
    assert.ok(Math.abs(found - value) <= 2e-6, `${AT[i]}: ${found}, in numpy ${value}`);
  });
}

test('mean and deviation are those of the voxels between two percentiles, as in numpy', () => {
  const brain = Uint32Array.from(scan.keys()).filter((voxel) => scan[voxel] > 0);
  const between = betweenPercentiles(scan, brain);
  assert.deepEqual([brain.length, between.length], [BRAIN, BETWEEN]);
  const { values, background } = normaliseInBrain(scan, between);
  assertNear(values, STANDARDISED);
  assert.equal(background, values[0]);
});

test('a brain of two values has none between its percentiles, which is an error', () => {
  const two = Float32Array.from({ length: 100 }, (_, i) => 1 + (i % 2));
  const all = Uint32Array.from(two.keys());
  assert.throws(() => betweenPercentiles(two, all, 'x.nii'), {
    code: 'BAD_FILE',
    message:
      /^x\.nii: number of voxels of the brain between .* \(1 and 2\) is 0 and should be above 0; look at/,
  });
});

test('a range is 0 to 1 as in numpy; NaN and constant scans are errors', () => {
  const ranged = normaliseRange(scan.map((value) => value - 20));
  assertNear(ranged, RANGED);
  assert.deepEqual([Math.min(...ranged), Math.max(...ranged)], [0, 1]);
  assert.throws(() => normaliseRange(new Float32Array(8).fill(3), 'x.nii'), {
    message: /^x\.nii: every voxel is 3/,
  });
  assert.throws(() => normaliseRange(Float32Array.of(0, NaN), 'x.nii'), { code: 'BAD_FILE' });
});
