import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { writeNifti } from '@mckd/lib/formats';

const AFFINE = [
  [-1, 0, 0, 0],
  [0, -1, 0, 239],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

test('mckd check-upload: names, shape, affine and labels of segmentations, and no score', (t) => {
  const root = temporaryFolder(t);
  const [cases, out] = [join(root, 'validation'), join(root, 'out')];
  const names = ['Brats18_CBICA_AAM_1', 'Brats18_TCIA01_1_1', 'Brats18_UAB_3456_1'];
  for (const name of names) writeMadeCase(cases, name, { withoutLabels: true });
  const write = (
    name: string,
    changes: { shape?: number[]; affine?: number[][]; label?: number },
  ) => {
    const { shape = [240, 240, 155], affine = AFFINE, label = 4 } = changes;
    const values = new Int16Array(shape[0] * shape[1] * shape[2]);
    values.set([0, 1, 2, label]);
    writeNifti(join(out, `${name}.nii.gz`), { shape, affine, values, datatype: 'int16' });
  };
  const check = (): { status: number | null; lines: string[] } => {
    const args = [join(__dirname, '..', '..', 'mckd.mjs'), 'check-upload', out, '--cases', cases];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n') };
  };
  for (const name of names) write(name, {});
  const sound = check();
  assert.deepEqual(sound, { status: 0, lines: ['3 segmentation(s) of 3 case(s): no fault'] });

  rmSync(join(out, `${names[0]}.nii.gz`));
  write(names[1], { label: 3, affine: [[1, 0, 0, 0], ...AFFINE.slice(1)] });
  write(names[2], { shape: [240, 240, 154] });
  write('Brats18_other_1', { shape: [1, 1, 4] });
  const { status, lines } = check();
  assert.equal(status, 1);
  const wanted = [
    /^count: .*Brats18_other_1\.nii\.gz: no case is named Brats18_other_1;/,
    /^missing: case Brats18_CBICA_AAM_1 has no Brats18_CBICA_AAM_1\.nii\.gz$/,
    /^affine: .*Brats18_TCIA01_1_1\.nii\.gz: axes are RPS and should be LPS/,
    /^labels: .*label\(s\) 3 are not among 0, 1, 2, 4$/,
    /^shape: .*shape is 240 x 240 x 154 and should be 240 x 240 x 155$/,
    /^2 segmentation\(s\) of 3 case\(s\): 5 fault\(s\)$/,
  ];
  assert.equal(lines.length, wanted.length, lines.join('\n'));
  wanted.forEach((pattern, i) => assert.match(lines[i], pattern));
});
