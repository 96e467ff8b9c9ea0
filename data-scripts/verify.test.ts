import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeNifti } from '@mckd/lib/dist/data/nifti';

const mckd = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(__dirname, '..', 'mckd.mjs'), 'verify', ...args], {
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
  ['_flair', '_t1', '_t1ce', '_t2'].forEach((ending, i) => {
    const image = { shape: [2, 1, 1], affine, values: [0, i + 1], datatype: 'int16' as const };
    writeNifti(path.join(folder, `x${ending}.nii.gz`), image);
  });
  const sound = mckd(folder);
  assert.deepEqual(
    [sound.status, sound.stdout],
    [0, '1 case(s), 4 scans, 0 with labels: no fault\n'],
    sound.stderr,
  );
  rmSync(path.join(folder, 'x_t1ce.nii.gz'));
  const lines = mckd(folder, '--cases', '2');
  assert.equal(lines.status, 1);
  assert.deepEqual(lines.stdout.trim().split('\n'), [
    `count: ${folder}: there are 1 cases and should be 2`,
    'missing: case x has no T1ce',
    '1 case(s), 3 scans, 0 with labels: 2 fault(s)',
  ]);
  const json = mckd(folder, '--json');
  assert.equal(json.status, 1);
  assert.deepEqual(JSON.parse(json.stdout), {
    folder,
    cases: 1,
    labelled: 0,
    scans: 3,
    faults: [{ kind: 'missing', case: 'x', value: 't1ce', message: 'case x has no T1ce' }],
    notes: [],
  });
  assert.equal(mckd(path.join(folder, 'absent')).status, 1);
  assert.equal(mckd(folder, '--cases', 'many').status, 1);
});
