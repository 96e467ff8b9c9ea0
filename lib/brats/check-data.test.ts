import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readNifti, writeNifti } from '../formats/nifti';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { checkData, requireFiles } from './check-data';
import { findDataSet } from './data-set';

test('missing scans, headers and labels are checked before the first step, each data set once', async (t) => {
  const [folder, memory] = [temporaryFolder(t), temporaryFolder(t)];
  for (let i = 0; i < 6; i++) writeMadeCase(folder, `c${i}`, { seed: i });
  const file = (name: string, ending: string): string => join(folder, name, `${name}${ending}.nii`);
  const read: number[] = [];
  const check = async (sha256: string): Promise<void> => {
    const data = findDataSet(folder);
    requireFiles(data);
    await checkData(data, sha256, { folder: memory, onCase: (done) => read.push(done) });
  };
  await check('one');
  assert.deepEqual(read, [1, 2, 3, 4, 5, 6]);
  await check('one');
  assert.equal(read.length, 6, 'checked data are not read again');

  const labels = await readNifti(file('c3', '_seg'));
  const wrong = labels.values.map((label) => (label === 4 ? 3 : label));
  writeNifti(file('c3', '_seg'), { ...labels, values: wrong, datatype: 'int16' });
  await assert.rejects(check('two'), /c3_seg\.nii: voxel .* has label 3, .*--labels brats2023/);
  writeNifti(file('c3', '_seg'), { ...labels, datatype: 'int16' });

  const t2 = await readNifti(file('c4', '_t2'));
  const affine = t2.affine.map((row, r) => (r === 0 ? [-1, 0, 0, 5] : row));
  writeNifti(file('c4', '_t2'), { ...t2, affine, datatype: 'int16' });
  await assert.rejects(check('three'), /c4_t2\.nii: affine .*5 mm/);
  writeNifti(file('c4', '_t2'), { ...t2, datatype: 'int16' });

  const { cases, splits } = findDataSet(folder);
  const unlabelled = cases.map((files) =>
    files.name === splits.train[0] ? { ...files, labels: undefined } : files,
  );
  assert.throws(
    () => requireFiles({ cases: unlabelled, splits }),
    /has no label map, and is a training case \(.* drawn by the seed 0\)/,
  );

  rmSync(file('c5', '_t1ce'));
  // By its name alone, even if the data were checked before.
  await assert.rejects(check('one'), /case c5 has no T1ce .*add the file, or leave the case out/);
});
