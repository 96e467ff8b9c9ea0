import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { axesOf } from '../formats/nifti';
import { fromDepthFirst, gridOf, toAxes, toDepthFirst, toGrid } from './orientation';

const AFFINE = [
  [-1.1, 0.2, 0, 90],
  [0, 0.1, 3, -126],
  [0.1, -2, 0.2, 72.3],
  [0, 0, 0, 1],
];
const SHAPE = [3, 4, 5, 2];
const volume = {
  ...gridOf(SHAPE, AFFINE),
  values: Int16Array.from({ length: 120 }, (_, i) => i),
  file: 'x.nii',
};

const ALL_AXES = ['LR', 'PA', 'IS'].flatMap((first, i, pairs) =>
  [...first].flatMap((a) =>
    pairs.flatMap((second, j) =>
      j === i ? [] : [...second].flatMap((b) => [...pairs[3 - i - j]].map((c) => a + b + c)),
    ),
  ),
);

/** Where a voxel is in mm. */
function place(affine: readonly (readonly number[])[], index: number[]): number[] {
  return affine
    .slice(0, 3)
    .map((row) => row[3] + index.reduce((sum, at, axis) => sum + at * row[axis], 0));
}

test('in each of the 48 axis orders every voxel stays where it is in space, and comes back', () => {
  assert.equal(volume.axes, 'LIA');
  assert.equal(new Set(ALL_AXES).size, 48);
  for (const axes of ALL_AXES) {
    const turned = toAxes(volume, axes);
    assert.equal(axesOf(turned.affine), axes);
    assert.equal(turned.file, 'x.nii');
    const [nx, ny, nz] = turned.shape;
    for (const [i, j, k, channel] of [
      [0, 0, 0, 0],
      [nx - 1, 0, 1, 1],
      [1, 2, nz - 1, 1],
    ]) {
      const value = turned.values[i + nx * (j + ny * (k + nz * channel))];
      const was = [value % 3, Math.floor(value / 3) % 4, Math.floor(value / 12) % 5];
      assert.equal(Math.floor(value / 60), channel);
      const [now, before] = [place(turned.affine, [i, j, k]), place(AFFINE, was)];
      now.forEach((mm, axis) => assert.ok(Math.abs(mm - before[axis]) < 1e-9));
    }
    const back = toGrid(turned, volume);
    assert.deepEqual(back, volume);
  }
});

/*
numpy 2.4:
  a = np.arange(24).reshape((2, 3, 4), order='F')          # axes RAS
  a[::-1].transpose(2, 0, 1).flatten(order='F')[:8]        # axes SLA
  a.transpose(2, 0, 1).flatten()[:8]                       # [Z, X, Y], C order
*/
test('equals numpy', () => {
  const affine = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  const turned = toAxes({ ...gridOf([2, 3, 4], affine), values }, 'SLA');
  assert.deepEqual([...turned.values.slice(0, 8)], [1, 7, 13, 19, 0, 6, 12, 18]);
  assert.deepEqual(turned.shape, [4, 2, 3]);
  assert.deepEqual(turned.affine, [
    [0, -1, 0, 1],
    [0, 0, 1, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 1],
  ]);
  const deep = toDepthFirst(values, [2, 3, 4]);
  assert.deepEqual([...deep.slice(0, 8)], [0, 2, 4, 1, 3, 5, 6, 8]);
  assert.deepEqual(fromDepthFirst(deep, [2, 3, 4]), values);
});

test('invalid axes, and a grid that doesn’t fit', () => {
  for (const axes of ['LPX', 'LRS', 'LP', 'lps', 'LPSS']) {
    assert.throws(() => toAxes(volume, axes), UserError, axes);
  }
  const other = gridOf([3, 4, 6], AFFINE);
  assert.throws(() => toGrid(volume, other), { code: 'MISMATCH' });
});
