import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden, goldenSample, SIZE, worstDifference } from '../checks/fixtures/sampling';
import { voxelCount, type Size3 } from './size';
import { gaussianFilter } from './gaussian';
import { interpolateCubic, interpolateCubicGrid, interpolateMasks } from './interpolate';
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
  const found = new Float64Array(200);
  interpolateCubic(volume, SIZE, points, found);
  assert.ok(worstDifference(found, golden.interpolate[3]) < TOLERANCE);
  assert.ok(found.filter((value) => value === 0).length > 20);
});

test('Gaussian smoothing equals scipy’s gaussian_filter, also where the kernel is longer than the volume', () => {
  for (const [name, wanted] of Object.entries(golden.gaussian)) {
    const [border, sigma] = name.split(' ') as ['zero' | 'reflect', string];
    const found = new Float64Array(volume);
    gaussianFilter(found, SIZE, Number(sigma), border);
    assert.ok(worstDifference(found, wanted) < TOLERANCE, name);
  }
});

test('resizing equals skimage’s resize in the authors’ versions', () => {
  for (const [name, wanted] of Object.entries(golden.resize)) {
    const [order, outside] = name.split(' ') as ['0' | '1' | '3', 'zero' | 'edge'];
    const options = { order: Number(order) as 0 | 1 | 3, outside };
    const found = new Float64Array(wanted.length);
    resizeVolume(volume, SIZE, [4, 9, 7], options, found);
    assert.ok(worstDifference(found, wanted) < TOLERANCE, name);
  }
});

test('the spline passes through the voxels, and thin volumes have one too', () => {
  for (const size of [SIZE, [1, 30, 8], [240, 1, 1], [2, 2, 60]] as Size3[]) {
    const same = new Float64Array(volume.length);
    resizeVolume(volume, size, size, { order: 3, outside: 'edge' }, same);
    assert.ok(worstDifference(same, volume) < 1e-12, size.join(' x '));
  }
  assert.deepEqual(splineCoefficients(Float64Array.of(7), [1, 1, 1]), Float64Array.of(7));
  assert.deepEqual(
    [-3, -1, 0, 2, 3, 4, 5].map((i) => mirroredIndex(i, 3)),
    [1, 1, 0, 2, 1, 0, 1],
  );
});

test('along a grid the spline has the same bits as point by point, inside, at the border and outside', () => {
  const size: Size3 = [2, ...SIZE.slice(1)] as unknown as Size3;
  const grid = [
    Float64Array.of(-0.1, 0, 0.3, 1, 1.0001),
    Float64Array.of(5, 4.2, 0.25, -1e-9),
    Float64Array.of(3, 7, 6.999, 0, 9),
  ] as const;
  const [rows, columns] = [grid[1].length, grid[2].length];
  const count = grid[0].length * rows * columns;
  const points = Float64Array.from({ length: 3 * count }, (_, at) => {
    const i = at % count;
    const places = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    const axis = Math.floor(at / count);
    return grid[axis][places[axis]];
  });
  const [found, wanted] = [new Float64Array(2 * count), new Float64Array(2 * count)];
  const values = goldenSample().images.subarray(0, 2 * voxelCount(size));
  interpolateCubicGrid(values, size, grid, found);
  interpolateCubic(values, size, points, wanted);
  assert.deepEqual(found, wanted);
  assert.ok(wanted.some((value) => value !== 0));
});

test('masks are where their linear interpolation is at least one half', () => {
  const masks = Uint8Array.from({ length: 3 * voxelCount(SIZE) }, (_, i) => ((i * i) >> 3) & 1);
  const count = 400;
  const points = Float64Array.from({ length: 3 * count }, (_, at) => {
    const axis = Math.floor(at / count);
    // A fourth of the coordinates are whole numbers, up to beyond the last voxel.
    return (((at * 37) % (4 * SIZE[axis] + 3)) - 2) / 4;
  });
  const found = new Uint8Array(3 * count);
  interpolateMasks(masks, SIZE, points, found);
  const linear = (c: number, point: number[]): number => {
    if (point.some((x, axis) => x < 0 || x > SIZE[axis] - 1)) return 0;
    let sum = 0;
    for (let corner = 0; corner < 8; corner++) {
      const at = point.map((x, axis) => Math.floor(x) + ((corner >> axis) & 1));
      const weight = point.reduce((w, x, axis) => w * (1 - Math.abs(x - at[axis])), 1);
      const voxel = ((c * SIZE[0] + at[0]) * SIZE[1] + at[1]) * SIZE[2] + at[2];
      if (weight > 0) sum += weight * masks[voxel];
    }
    return sum;
  };
  const wanted = Uint8Array.from({ length: 3 * count }, (_, at) => {
    const [c, i] = [Math.floor(at / count), at % count];
    return linear(c, [points[i], points[count + i], points[2 * count + i]]) >= 0.5 ? 1 : 0;
  });
  assert.deepEqual(found, wanted);
  assert.ok(wanted.includes(0) && wanted.includes(1));
});

test('the values given are not changed', () => {
  const before = volume.slice();
  interpolateCubic(volume, SIZE, new Float64Array(30).fill(1.5), new Float64Array(10));
  resizeVolume(volume, SIZE, [3, 3, 3], { order: 3, outside: 'zero' }, new Float64Array(27));
  assert.deepEqual(volume, before);
});
