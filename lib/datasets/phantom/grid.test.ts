import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brainBox, gridOfSize, gridOfSpacing, intoWholeGrid } from './grid';

test('240 x 240 x 155 is the grid of BraTS', () => {
  const { shape, affine, axes, spacing } = gridOfSize([240, 240, 155]);
  assert.deepEqual([shape, axes, spacing], [[240, 240, 155], 'LPS', 1]);
  const brats = [
    [-1, 0, 0, 0],
    [0, -1, 0, 239],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  affine.forEach((row, r) => row.forEach((value, c) => assert.equal(value + 0, brats[r][c])));
  assert.deepEqual(gridOfSpacing(1), gridOfSize([240, 240, 155]));
});

test('other sizes cover the same field of view about the same middle', () => {
  for (const grid of [gridOfSize([96, 96, 64]), gridOfSize([33, 60, 47]), gridOfSpacing(3)]) {
    [240, 240, 155].forEach((mm, axis) => {
      assert.ok(grid.shape[axis] * grid.spacing >= mm - 1e-9);
      const middle = grid.affine[axis][axis] * ((grid.shape[axis] - 1) / 2) + grid.affine[axis][3];
      assert.ok(Math.abs(middle - [-119.5, 119.5, 77][axis]) < 1e-9);
    });
  }
  assert.equal(gridOfSize([96, 96, 64]).spacing, 2.5);
  assert.deepEqual(gridOfSpacing(3).shape, [80, 80, 52]);
});

test('values on the brain’s box are placed correctly in the whole grid', () => {
  const grid = gridOfSize([41, 48, 33]);
  const box = brainBox(grid);
  const [x, y, z] = [3, 5, 7];
  const values = new Uint8Array(box.shape[0] * box.shape[1] * box.shape[2]);
  values[x + box.shape[0] * (y + box.shape[1] * z)] = 9;
  const at = intoWholeGrid(values, grid).indexOf(9);
  const found = [at % 41, Math.floor(at / 41) % 48, Math.floor(at / 41 / 48)];
  [x, y, z].forEach((index, axis) => {
    const inBox = box.affine[axis][axis] * index + box.affine[axis][3];
    const inWhole = grid.affine[axis][axis] * found[axis] + grid.affine[axis][3];
    assert.ok(Math.abs(inBox - inWhole) < 1e-9, `axis ${axis}: ${inBox} mm and ${inWhole} mm`);
  });
});
