import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeNifti } from '@mckd/lib/formats';

const mckd = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(__dirname, '..', '..', 'mckd.mjs'), 'verify', ...args], {
    encoding: 'utf8',
  });

test('mckd verify lists faults and exits 1; without any it exits 0', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const affine = [
    [-1, 0, 0, 0],
    [0, -1, 0, 239],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  for (const [c, name] of ['x', 'y'].entries()) {
    ['_flair', '_t1', '_t1ce', '_t2'].forEach((ending, e) => {
      // Background first; enough voxels that normalisation finds a bin of 50.
      const values = Int16Array.from({ length: 1000 }, (_, i) =>
        i < 500 ? 0 : 1 + ((i * (c + 3) + e) % 4) * 20 + (i % 7),
      );
      const image = { shape: [10, 10, 10], affine, values, datatype: 'int16' as const };
      writeNifti(path.join(folder, `${name}${ending}.nii.gz`), image);
    });
  }
  const summary = (stdout: string): string | undefined => stdout.trim().split('\n').at(-1);
  const sound = mckd(folder);
  assert.deepEqual(
    [sound.status, summary(sound.stdout)],
    [0, '2 case(s), 8 scans, none with labels: no fault'],
    sound.stderr,
  );
  rmSync(path.join(folder, 'x_t1ce.nii.gz'));
  const lines = mckd(folder, '--cases', '3');
  assert.equal(lines.status, 1);
  assert.deepEqual(lines.stdout.trim().split('\n').slice(0, 2), [
    `count: ${folder}: there are 2 cases and should be 3`,
    'missing: case x has no T1ce',
  ]);
  assert.equal(summary(lines.stdout), '2 case(s), 7 scans, none with labels: 2 fault(s)');
  const json = mckd(folder, '--json');
  assert.equal(json.status, 1);
  const { notes, ...found } = JSON.parse(json.stdout) as { notes: string[] };
  assert.deepEqual(found, {
    folder,
    cases: 2,
    labelled: 0,
    scans: 7,
    voxelSize: [1, 1, 1],
    codes: ['core 1, oedema 2, enhancing 4'],
    faults: [{ kind: 'missing', case: 'x', value: 't1ce', message: 'case x has no T1ce' }],
  });
  assert.match(
    notes.join('\n'),
    /^voxels are 1 x 1 x 1 mm, those of the training of the shipped networks 3\.75 x 3\.75 x 3\.75 mm \(.*recorded:mckd/m,
  );
  assert.equal(mckd(path.join(folder, 'absent')).status, 1);
  assert.notEqual(mckd(folder, '--cases', 'many').status, 0);
});
