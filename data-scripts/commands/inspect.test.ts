import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeNifti } from '@mckd/lib/formats';

const mckd = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(__dirname, '..', '..', 'mckd.mjs'), 'inspect', ...args], {
    encoding: 'utf8',
  });

const AFFINE = [
  [-1, 0, 0, 0],
  [0, -1, 0, 239],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

test('mckd inspect prints one JSON object of an image, or of the scans of a case', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-inspect-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const values = Float32Array.from({ length: 24_000 }, (_, i) => (i === 0 ? 0 : i % 100));
  const image = { shape: [20, 30, 40], affine: AFFINE, values, datatype: 'int16' as const };
  for (const ending of ['_flair', '_t2']) {
    writeNifti(path.join(folder, `x${ending}.nii.gz`), image);
  }
  const one = mckd(path.join(folder, 'x_flair.nii.gz'));
  assert.equal(one.status, 0, one.stderr);
  const { mean, std, ...rest } = JSON.parse(one.stdout);
  assert.deepEqual(rest, {
    shape: [20, 30, 40],
    datatype: 'int16',
    axes: 'LPS',
    affine: AFFINE,
    min: 0,
    max: 99,
    nonzero: 23_760,
  });
  // numpy 2.4: a = np.arange(24000) % 100; a.mean(), a.std()
  assert.ok(Math.abs(mean - 49.5) < 1e-9 && Math.abs(std - 28.86607004772212) < 1e-9);

  const scans = JSON.parse(mckd('--case', folder).stdout).x;
  assert.deepEqual(Object.keys(scans), ['flair', 't2']);
  assert.deepEqual(scans.t2, { ...rest, mean, std });
  const normalised = JSON.parse(mckd('--case', folder, '--normalised').stdout).x;
  assert.equal(normalised.flair.clip, 98);
  assert.deepEqual(Object.keys(normalised.flair), [
    'clip',
    'background',
    'clipped_voxels',
    'min',
    'max',
    'mean',
    'std',
    'nonzero',
    'sample_index_xyz',
    'sample',
  ]);
});

test('mckd inspect says in one sentence what it can’t do', () => {
  for (const args of [[], ['x.nii', '--case', 'y'], ['x.nii', '--normalised'], ['absent.nii']]) {
    const { status, stderr, stdout } = mckd(...args);
    assert.deepEqual([status, stdout], [1, '']);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});
