import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { gridOf } from './orientation';
import { resampledShape, resampleVolume, voxelSizeOf } from './resample-volume';

const SHAPE = [5, 7, 4];
const COUNT = 5 * 7 * 4;

function noise(count = COUNT): Float32Array {
  const stream = randomStream(0, 'resample-volume');
  return Float32Array.from({ length: count }, () => stream.uniform());
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test('the same sizes are the same voxels, in an array of their own', () => {
  const values = noise();
  const same = resampleVolume(values, SHAPE, SHAPE);
  assert.deepEqual(same, values);
  assert.notEqual(same.buffer, values.buffer);
});

test('coarser: the mean of the box that a voxel covers, those at its border by the part it covers', () => {
  const line = Int16Array.of(1, 3, 5, 7, 100, 200);
  assert.deepEqual([...resampleVolume(line, [6, 1, 1], [3, 1, 1])], [2, 6, 150]);
  // 5 to 2: each covers two and a half.
  assert.deepEqual(
    [...resampleVolume(Int16Array.of(10, 20, 30, 40, 50), [1, 5, 1], [1, 2, 1])],
    [(10 + 20 + 15) / 2.5, (15 + 40 + 50) / 2.5],
  );
  const cube = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  assert.deepEqual([...resampleVolume(cube, [2, 2, 2], [1, 2, 1])], [2.5, 4.5]);
  assert.deepEqual([...resampleVolume(cube, [2, 2, 2], [1, 1, 1])], [3.5]);
});

test('finer: linear between voxel centres, and no further than the outermost', () => {
  assert.deepEqual([...resampleVolume(Int16Array.of(0, 8), [1, 1, 2], [1, 1, 4])], [0, 2, 6, 8]);
  assert.deepEqual([...resampleVolume(Int16Array.of(0, 6), [2, 1, 1], [3, 1, 1])], [0, 3, 6]);
  // A ramp stays a ramp over the same space: at half of the voxels, half of the steps.
  const ramp = resampleVolume(Float32Array.of(1, 3, 5, 7), [4, 1, 1], [8, 1, 1]);
  assert.deepEqual([...ramp].slice(1, -1), [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]);
});

test('each axis for itself: coarser along one, finer along another', () => {
  // x: 0 1 2 3 becomes 0.5 2.5; y: two rows 10 apart become four.
  const values = Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13);
  assert.deepEqual(
    [...resampleVolume(values, [4, 2, 1], [2, 4, 1])],
    [0.5, 2.5, 3, 5, 8, 10, 10.5, 12.5],
  );
});

test('a constant stays that constant, whatever the sizes', () => {
  for (const constant of [0, -1024, Math.fround(0.1), 4095]) {
    const values = new Float32Array(COUNT).fill(constant);
    for (const wanted of [
      [3, 3, 3],
      [11, 2, 9],
      [1, 50, 4],
    ]) {
      const result = resampleVolume(values, SHAPE, wanted);
      assert.equal(result.length, wanted[0] * wanted[1] * wanted[2]);
      assert.ok(result.every((value) => value === constant));
    }
  }
});

test('the mean is kept where voxels become coarser, and nearly where they become finer', () => {
  const values = noise();
  for (const wanted of [
    [2, 3, 3],
    [4, 7, 1],
  ]) {
    assert.ok(Math.abs(mean(resampleVolume(values, SHAPE, wanted)) - mean(values)) < 1e-6);
  }
  const smooth = Float32Array.from({ length: 20 ** 3 }, (_, i) =>
    Math.exp(
      -[i % 20, Math.floor(i / 20) % 20, Math.floor(i / 400)].reduce(
        (s, x) => s + (x - 9.5) ** 2,
        0,
      ) / 20,
    ),
  );
  const finer = resampleVolume(smooth, [20, 20, 20], [32, 40, 51]);
  assert.ok(Math.abs(mean(finer) / mean(smooth) - 1) < 0.01);
});

test('there and back a blob is where it was', () => {
  const [X, Y, Z] = [30, 24, 20];
  const centre = [11, 14, 8];
  const at = (i: number): number[] => [i % X, Math.floor(i / X) % Y, Math.floor(i / (X * Y))];
  const blob = Float32Array.from({ length: X * Y * Z }, (_, i) =>
    Math.exp(-at(i).reduce((sum, x, axis) => sum + (x - centre[axis]) ** 2, 0) / 18),
  );
  const small = [13, 10, 9];
  const back = resampleVolume(resampleVolume(blob, [X, Y, Z], small), small, [X, Y, Z]);
  const centroid = [0, 1, 2].map(
    (axis) =>
      back.reduce((sum, value, i) => sum + value * at(i)[axis], 0) /
      back.reduce((sum, value) => sum + value, 0),
  );
  centroid.forEach((x, axis) => assert.ok(Math.abs(x - centre[axis]) < 0.1, centroid.join()));
});

test('sizes: as many voxels as the space has, one at least', () => {
  assert.deepEqual(resampledShape([240, 240, 155], [1, 1, 1], [3.75, 3.75, 3.75]), [64, 64, 41]);
  assert.deepEqual(resampledShape([240, 240, 20], [1, 1, 8.3], [3.75, 3.75, 3.75]), [64, 64, 44]);
  assert.deepEqual(resampledShape([3, 3, 3], [1, 1, 1], [10, 1, 1.5]), [1, 3, 2]);
  assert.throws(
    () => resampledShape([240, 240, 155], [1000, 1000, 1000], [1, 1, 1]),
    /voxels of 1000 x 1000 x 1000 mm, resampled to 1 x 1 x 1 mm, would be 240000 x .*--resample never/,
  );
});

test('a voxel size is along BraTS’ axes, whatever those of the file', () => {
  const sagittal = gridOf(
    [4, 5, 6],
    [
      [0, 0, 2, -3],
      [0, -1.5, 0, 40],
      [1, 0, 0, 5],
      [0, 0, 0, 1],
    ],
  );
  assert.deepEqual(voxelSizeOf(sagittal), [2, 1.5, 1]);
});
