import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formsApart, readNifti, readNiftiHeader, writeNifti } from '../../formats/nifti';
import { gridOf, toAxes } from '../../volume/orientation';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { findCases } from './cases';
import { codesOfResult, isKitResult } from './kit-result';
import { EDITIONS, standardLabels } from './label-codes';
import { compareGrids, readCase, readLabelMap, spatialGrid } from './read-case';
import { writeSegmentation } from './write-segmentation';

/** Voxels of 5 mm, rotated a little. */
const affineOf = (shift = 0, cell = 0): number[][] => [
  [-5, 0.1 + cell, 0, 90 + shift],
  [0.1, -5, 0, 126],
  [0, 0, 5, -72],
  [0, 0, 0, 1],
];
const SHAPE = [48, 48, 40];

test('grids are compared where corners lie, to a share of a voxel', () => {
  const grid = gridOf(SHAPE, affineOf());
  const compared = (affine: number[][]) => compareGrids(grid, gridOf(SHAPE, affine), 'a', 'b');
  assert.deepEqual(compared(affineOf(0.003)), {});
  assert.match(compared(affineOf(0.2)).note ?? '', /b: its affine puts a corner 0\.2 mm \(0\.04 v/);
  const far = compared(affineOf(1)).fault;
  assert.deepEqual([far?.details.file, far?.details.field], ['b', 'affine']);
  assert.match(far?.message ?? '', /1 mm \(0\.2 voxels\) off, .*as in a; if the two lie on each/);
  // A cell of the direction that is 0.02 off moves the far corner by 47 of these.
  assert.match(compared(affineOf(0, 0.02)).fault?.message ?? '', /0\.94 mm \(0\.19 voxels\)/);
  const turned = compareGrids(
    grid,
    toAxes({ ...grid, values: new Uint8Array(0) }, 'RAS'),
    'a',
    'b',
  );
  assert.match(
    turned.fault?.message ?? '',
    /b: axes are RAS and should be LPS, as in a; reorient it/,
  );
});

/** Another qform than the sform, as some tools leave it: 3 mm to the side. */
function moveQForm(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeFloatLE(bytes.readFloatLE(268) + 3, 268);
  bytes.writeInt16LE(2, 252);
  writeFileSync(file, bytes);
}

test('a result keeps both forms of its case’s header, and names the kit', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  for (const ending of ['_flair', '_t1', '_t1ce', '_t2', '_seg']) {
    moveQForm(join(folder, 'x', `x${ending}.nii`));
  }
  const [files] = findCases(folder);
  const { labels, stored, grid } = await readCase(files);
  const out = join(folder, 'out.nii');
  writeSegmentation(out, labels as Uint8Array, stored, { grid, codes: EDITIONS.brats2024 });
  const [scan, result] = [
    await readNiftiHeader(join(folder, 'x', 'x_t1.nii')),
    await readNiftiHeader(out),
  ];
  assert.deepEqual(result.header.placement, scan.header.placement);
  assert.ok(Math.abs(formsApart(scan.header, scan.shape) - 3) < 1e-5);
  assert.equal(isKitResult(out), true);
  assert.equal(isKitResult(join(folder, 'x', 'x_t1.nii')), false);
  const { core, oedema, enhancing } = EDITIONS.brats2024;
  assert.deepEqual(codesOfResult(out), { core, oedema, enhancing });
  const { values } = await readNifti(out);
  assert.deepEqual(
    [...values].map((v) => (v === 3 ? 4 : v)),
    [...(labels as Uint8Array)],
  );
  const place = { grid: stored, gridFile: 'x', codes: EDITIONS.brats2024 };
  assert.deepEqual((await readLabelMap(out, place)).labels, labels);
});

test('a label map in another axis order is reoriented, never resampled', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  const [files] = findCases(folder);
  const { labels, stored } = await readCase(files, { axes: 'stored' });
  const grid = await spatialGrid(files.scans.t1 as { file: string });
  const out = join(folder, 'ras.nii');
  const turned = toAxes({ ...stored, values: labels as Uint8Array }, 'RAS');
  writeNifti(out, { ...turned, placement: undefined, datatype: 'uint8' });
  const place = { grid, gridFile: 'x_t1', codes: files.codes };
  assert.deepEqual((await readLabelMap(out, place)).labels, labels);
  writeNifti(out, {
    shape: [2, 2, 2],
    affine: stored.affine,
    values: new Uint8Array(8),
    datatype: 'uint8',
  });
  await assert.rejects(readLabelMap(out, place), /shape is 2 x 2 x 2 and should be 8 x 9 x 7/);
});

test('labels within rounding of whole numbers are rounded, and others are refused with a fix', () => {
  const codes = EDITIONS.brats2018;
  const read = (values: number[]) => standardLabels(Float32Array.from(values), codes, 'x.nii');
  const { labels, notes } = read([0, 1.0000153, 2.00003, 4, 3.9999]);
  assert.deepEqual([...labels], [0, 1, 2, 4, 4]);
  assert.deepEqual(notes, ['x.nii: 3 labels are within 0.001 of a whole number and were rounded']);
  assert.throws(() => read([0, 1.5]), /label 1\.5, .*interpolated.*nearest neighbour/);
  assert.throws(
    () => read([0, 3]),
    /label 3, .*if 3 is the enhancing tumour, state it: --labels br/,
  );
  assert.throws(() => read([0, 9]), /--labels core=1,oedema=2,enhancing=4,ignore=9 where it is in/);
  // No option accepts such codes, so none is suggested.
  for (const value of [-1, 300]) {
    assert.throws(
      () => read([0, value]),
      /^(?!.*--labels).*whole numbers from 0 to 255: the map is/,
    );
  }
});
