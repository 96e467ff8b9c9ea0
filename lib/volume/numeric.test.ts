import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden, goldenSample, SIZE, worstDifference } from '../checks/fixtures/sampling';
import { voxelCount, type Size3 } from './size';
import { gaussianFilter } from './gaussian';
import { interpolate } from './interpolate';
import { resizeVolume } from './resize';
import { mirroredIndex, splineCoefficients } from './spline';

const volume = goldenSample().images.subarray(0, voxelCount(SIZE));
/** Of twelve printed digits. */
const TOLERANCE = 1e-11;

test('interpolation equals scipy’s map_coordinates inside, at the border and outside', () => {
  const points = new Float64Array(3 * 200);
  for (let j = 0; j < 200; j++) {
    points[j] = ((j * 37) % 81) / 16 - 0.5;
    points[200 + j] = ((j * 53) % 97) / 16 - 0.5;
    points[400 + j] = ((j * 71) % 129) / 16 - 0.5;
  }
  for (const order of [1, 3] as const) {
    const [found] = interpolate([volume], SIZE, points, order);
    assert.ok(worstDifference(found, golden.interpolate[order]) < TOLERANCE, `order ${order}`);
    assert.ok(found.filter((value) => value === 0).length > 20);
  }
});

test('Gaussian smoothing equals scipy’s gaussian_filter, also where the kernel is longer than the volume', () => {
  for (const [name, wanted] of Object.entries(golden.gaussian)) {
    const [border, sigma] = name.split(' ') as ['zero' | 'reflect', string];
    const found = gaussianFilter(volume, SIZE, Number(sigma), border);
    assert.ok(worstDifference(found, wanted) < TOLERANCE, name);
  }
});

test('resizing equals skimage’s resize in the authors’ versions', () => {
  for (const [name, wanted] of Object.entries(golden.resize)) {
    const [order, outside] = name.split(' ') as ['0' | '1' | '3', 'zero' | 'edge'];
    const options = { order: Number(order) as 0 | 1 | 3, outside };
    const found = resizeVolume(volume, SIZE, [4, 9, 7], options);
    assert.ok(worstDifference(found, wanted) < TOLERANCE, name);
  }
});

test('the spline passes through the voxels, and thin volumes have one too', () => {
  for (const size of [SIZE, [1, 30, 8], [240, 1, 1], [2, 2, 60]] as Size3[]) {
    const same = resizeVolume(volume, size, size, { order: 3, outside: 'edge' });
    assert.ok(worstDifference(same, volume) < 1e-12, size.join(' x '));
  }
  assert.deepEqual(splineCoefficients(Float64Array.of(7), [1, 1, 1]), Float64Array.of(7));
  assert.deepEqual(
    [-3, -1, 0, 2, 3, 4, 5].map((i) => mirroredIndex(i, 3)),
    [1, 1, 0, 2, 1, 0, 1],
  );
});

test('the values given are not changed', () => {
  const before = volume.slice();
  gaussianFilter(volume, SIZE, 1, 'reflect');
  interpolate([volume], SIZE, new Float64Array(30).fill(1.5), 3);
  resizeVolume(volume, SIZE, [3, 3, 3], { order: 3, outside: 'zero' });
  assert.deepEqual(volume, before);
});
