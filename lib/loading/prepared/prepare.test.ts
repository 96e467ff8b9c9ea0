import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODALITIES } from '../../base/modality';
import { findCases, readCase } from '../../datasets/brats';
import { readNifti, writeNifti, type VoxelArray } from '../../formats/nifti';
import { normaliseIntensity } from '../../volume/normalise';
import { voxelCount } from '../../volume/size';
import { prepareCase } from './prepare';
import { MADE_SHAPE, temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';

const RAS = [
  [1, 0, 0, -2],
  [0, 1, 0, 236],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

test('scans are normalised as stored, then brought to LPS and depth first, like the regions', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'plain');
  writeMadeCase(folder, 'turned', { affine: RAS });
  const [X, Y, Z] = MADE_SHAPE;
  for (const files of findCases(folder)) {
    const { name, size, images, regions } = await prepareCase(files);
    assert.deepEqual([name, size], [files.name, [Z, X, Y]]);
    const { scans, labels } = await readCase(files, { axes: 'stored' });
    const count = voxelCount(size);
    let at = 0;
    for (let z = 0; z < Z; z++) {
      for (let x = 0; x < X; x++) {
        for (let y = 0; y < Y; y++, at++) {
          // RAS runs the other way along the first two axes.
          const [i, j] = name === 'turned' ? [X - 1 - x, Y - 1 - y] : [x, y];
          const from = i + X * (j + Y * z);
          const label = labels?.[from];
          const expected = [label === 4, label !== 0, label === 1 || label === 4].map(Number);
          assert.deepEqual(
            expected,
            [0, 1, 2].map((r) => regions[r * count + at]),
          );
          if (at % 7) continue;
          MODALITIES.forEach((modality, c) => {
            const { values } = normaliseIntensity(scans[modality] as VoxelArray);
            assert.equal(images[c * count + at], values[from], `${name} ${modality} ${at}`);
          });
        }
      }
    }
  }
});

test('no labels, a missing scan: an error, or empty if requested', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { withoutLabels: true });
  const [files] = findCases(folder);
  await assert.rejects(prepareCase(files), { code: 'MISSING' });
  const { regions } = await prepareCase(files, { withoutLabels: true });
  assert.ok(regions.every((value) => value === 0));
  delete files.scans.t1;
  await assert.rejects(prepareCase(files, { withoutLabels: true }), /case x has no T1 /);
  const options = { withoutLabels: true, missingScans: 'allow' } as const;
  const { images, size } = await prepareCase(files, options);
  const count = voxelCount(size);
  const isZero = MODALITIES.map((_, c) =>
    images.subarray(c * count, (c + 1) * count).every((value) => value === 0),
  );
  assert.deepEqual(isZero, [false, true, false, false]);
});

test('a scan of another scale gives a note', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  const file = join(folder, 'x', 'x_t1.nii');
  const image = await readNifti(file);
  const values = Float32Array.from(image.values, (value) => value / 5);
  writeNifti(file, { ...image, values, datatype: 'float32' });
  const notes: string[] = [];
  await prepareCase(findCases(folder)[0], { onNote: (note) => notes.push(note) });
  assert.match(notes.join('\n'), /x_t1\.nii: intensities from 0 to 1 do not suit the authors'/);
});

test('the real case: mean 0 and deviation 1 in the brain, regions nested', async (t) => {
  const folder = join(process.env.MCKD_DATA ?? '', 'brats');
  if (!process.env.MCKD_DATA || !existsSync(folder)) {
    return t.skip('set MCKD_DATA to a folder with a real case in brats/ to run this');
  }
  const { size, images, regions } = await prepareCase(findCases(folder)[0]);
  assert.deepEqual(size, [155, 240, 240]);
  const count = voxelCount(size);
  MODALITIES.forEach((modality, c) => {
    const brain = images.subarray(c * count, (c + 1) * count).filter((value) => value !== 0);
    const mean = brain.reduce((sum, value) => sum + value, 0) / brain.length;
    const square = brain.reduce((sum, value) => sum + value * value, 0) / brain.length;
    assert.ok(Math.abs(mean) < 1e-4 && Math.abs(square - 1) < 1e-4, `${modality}: ${mean}`);
  });
  const sums = [0, 1, 2].map((r) =>
    regions.subarray(r * count, (r + 1) * count).reduce((sum, value) => sum + value, 0),
  );
  assert.ok(sums[0] === 0 && sums[1] > sums[2] && sums[2] > 0, String(sums));
});
