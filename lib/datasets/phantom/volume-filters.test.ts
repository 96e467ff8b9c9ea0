import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../../base/random';
import { growFront } from './front';
import { gridOfSize } from './grid';
import { smoothField } from './smooth-field';
import { blur, distanceTo } from './volume-filters';

test('blur: scipy’s Gaussian filter', () => {
  // v = numpy.zeros((5, 4, 3)); v[2, 1, 1] = 1; v[4, 3, 2] = 2     # [z, y, x]
  // f = scipy.ndimage.gaussian_filter(v, 0.7, mode='constant', truncate=3 / 0.7)
  // f[2, 1, 1], f[2, 2, 1], f[4, 3, 2], f[0, 0, 0]
  const values = new Float32Array(60);
  values[1 + 3 * (1 + 4 * 2)] = 1;
  values[2 + 3 * (3 + 4 * 4)] = 2;
  const blurred = blur(values, [3, 4, 5], 0.7);
  const golden = [0.18508073, 0.06750987, 0.37010446, 0.00040581];
  [1 + 3 * (1 + 4 * 2), 1 + 3 * (2 + 4 * 2), 2 + 3 * (3 + 4 * 4), 0].forEach((index, n) => {
    assert.ok(Math.abs(blurred[index] - golden[n]) < 1e-6, `${blurred[index]} and ${golden[n]}`);
  });
  assert.deepEqual(blur(values, [3, 4, 5], 0), values);
});

test('distances: exact along axes and diagonals, at most 13 % too long elsewhere', () => {
  const [x, y, z] = [15, 17, 13];
  const source = [4, 5, 6];
  const at = source[0] + x * (source[1] + y * source[2]);
  const distance = distanceTo((i) => i === at, [x, y, z]);
  for (let k = 1; k < z - 1; k++) {
    for (let j = 1; j < y - 1; j++) {
      for (let i = 1; i < x - 1; i++) {
        const apart = [i, j, k].map((n, axis) => Math.abs(n - source[axis]));
        const straight = Math.hypot(...apart);
        const found = distance[i + x * (j + y * k)];
        const exact = new Set(apart.filter((n) => n > 0)).size <= 1;
        assert.ok(found >= straight - 1e-4, `${String(apart)}: ${found}`);
        assert.ok(found <= straight * (exact ? 1 : 1.13) + 1e-4, `${String(apart)}: ${found}`);
      }
    }
  }
});

test('a front takes the time of the way, keeps out of speed 0, and stops at its volume', () => {
  const grid = gridOfSize([16, 16, 16]);
  const speed = new Float32Array(16 ** 3).fill(3);
  // A wall with one gap.
  for (let i = 0; i < speed.length; i++) {
    if (i % 16 === 8 && !(Math.floor(i / 16) % 16 === 2)) speed[i] = 0;
  }
  const at = (x: number, y: number, z: number): number => x + 16 * (y + 16 * z);
  const all = growFront({ grid, speed, seeds: [at(4, 12, 8)], voxels: Infinity });
  assert.ok(Math.abs(all.time[at(0, 12, 8)] - (4 * grid.spacing) / 3) < 1e-4);
  assert.equal(all.time[at(8, 12, 8)], Infinity);
  const direct = (8 * grid.spacing) / 3;
  assert.ok(all.time[at(12, 12, 8)] > 2 * direct && all.time[at(12, 12, 8)] < Infinity);
  const some = growFront({ grid, speed, seeds: [at(4, 12, 8)], voxels: 100 });
  const reached = some.time.filter((time) => time <= some.end).length;
  assert.ok(reached >= 100 && reached < 130, String(reached));
});

test('a smooth field has mean 0 and variance 1, and is the same on a finer grid', () => {
  const [coarse, fine] = [gridOfSize([48, 48, 31]), gridOfSize([144, 144, 93])];
  const [a, b] = [coarse, fine].map((grid) => smoothField(randomStream(1, 'field'), grid, 12));
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  const variance = a.reduce((sum, value) => sum + (value - mean) ** 2, 0) / a.length;
  assert.ok(Math.abs(mean) < 0.1, `mean ${mean}`);
  assert.ok(variance > 0.8 && variance < 1.2, `variance ${variance}`);
  // Three fine voxels to a coarse one: the middle one of them lies where it does.
  for (const [x, y, z] of [
    [10, 20, 15],
    [24, 24, 16],
    [40, 11, 9],
  ]) {
    const one = a[x + 48 * (y + 48 * z)];
    const other = b[3 * x + 1 + 144 * (3 * y + 1 + 144 * (3 * z + 1))];
    assert.ok(Math.abs(one - other) < 1e-4, `${one} and ${other}`);
  }
});
