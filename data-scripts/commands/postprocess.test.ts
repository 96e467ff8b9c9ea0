import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PAPER_POSTPROCESSING } from '@mckd/lib/brats/postprocess';
import { readNifti, writeNifti, type Volume } from '@mckd/lib/formats';
import { toAxes } from '@mckd/lib/volume';

const FIXTURES = path.join(__dirname, '..', '..', '..', 'lib', 'checks', 'fixtures', 'postprocess');
const PREDICTION = path.join(FIXTURES, 'low-1-prediction.nii.gz');

const mckd = (prediction: string, t1ce: string, out: string, ...more: string[]) =>
  spawnSync(
    process.execPath,
    [
      path.join(__dirname, '..', '..', 'mckd.mjs'),
      'postprocess',
      ...['--prediction', prediction, '--t1ce', t1ce, '--out', out],
      ...more,
    ],
    { encoding: 'utf8' },
  );

function run(...args: string[]) {
  const cli = path.join(__dirname, '..', '..', 'mckd.mjs');
  return spawnSync(process.execPath, [cli, 'postprocess', ...args], { encoding: 'utf8' });
}

function folderFor(t: TestContext): (name: string) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-postprocess-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return (name) => path.join(folder, name);
}

/** T1ce on the grid of a volume. */
function writeT1ce(file: string, { shape, affine, values }: Volume): void {
  writeNifti(file, {
    shape,
    affine,
    values: values.map((v, i) => v + (i % 50)),
    datatype: 'int16',
  });
}

test('mckd postprocess prints what each rule changed and writes on the prediction’s own grid', async (t) => {
  const at = folderFor(t);
  const expected = await readNifti(path.join(FIXTURES, 'low-1-expected.nii.gz'));
  const stored = await readNifti(PREDICTION);
  // The low component is low in space, not in memory: in axes "SRA" slices are the first index.
  for (const axes of ['LPS', 'SRA', 'LPI']) {
    const turned = { ...toAxes(stored, axes), datatype: 'uint8' as const };
    writeNifti(at('seg.nii.gz'), turned);
    writeT1ce(at('t1ce.nii.gz'), turned);
    const { status, stdout, stderr } = mckd(at('seg.nii.gz'), at('t1ce.nii.gz'), at('out.nii.gz'));
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n'), [
      'components: 4',
      'small components (under 2000 voxels and under 10 % of the largest): 2 removed, 1676 voxels',
      'low components (none of it above slice 25): 1 removed, 3071 voxels',
      'dark oedema to label 1: in 0 component(s), 0 voxels',
      'few enhancing voxels to label 1 (under 500): 0 of 2380',
      'labels 1, 2, 4: 2877, 23895, 2380 before, 2877, 19148, 2380 after; 4747 voxels changed',
      `written: ${at('out.nii.gz')}`,
    ]);
    const out = await readNifti(at('out.nii.gz'));
    const { shape, affine, values } = toAxes(expected, axes);
    assert.deepEqual([out.shape, out.affine, out.datatype], [shape, affine, 'int16']);
    assert.deepEqual(out.values, values);
  }
});

test('mckd postprocess --json prints one object', async (t) => {
  const at = folderFor(t);
  writeT1ce(at('t1ce.nii'), await readNifti(PREDICTION));
  const { status, stdout, stderr } = mckd(PREDICTION, at('t1ce.nii'), at('out.nii'), '--json');
  assert.equal(status, 0, stderr);
  const { rules, ...found } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(rules, PAPER_POSTPROCESSING);
  assert.deepEqual(found, {
    prediction: PREDICTION,
    t1ce: at('t1ce.nii'),
    out: at('out.nii'),
    components: 4,
    small: { components: 2, voxels: 1676 },
    low: { components: 1, voxels: 3071 },
    darkOedema: { split: [], voxels: 0 },
    fewEnhancing: { enhancingVoxels: 2380, voxels: 0 },
    before: { core: 2877, oedema: 23895, enhancing: 2380 },
    after: { core: 2877, oedema: 19148, enhancing: 2380 },
    changedVoxels: 4747,
  });
});

test('mckd postprocess says in one sentence what it can’t do, and writes nothing', async (t) => {
  const at = folderFor(t);
  const volume = await readNifti(PREDICTION);
  const { shape, affine, values } = volume;
  const int16 = (file: string, image: object): string => {
    writeNifti(at(file), { shape, affine, values, datatype: 'int16', ...image });
    return at(file);
  };
  writeT1ce(at('t1ce.nii'), volume);
  const moved = affine.map((row, i) => (i === 0 ? [...row.slice(0, 3), row[3] + 1] : row));
  const smaller = { shape: [80, 88, 69], values: values.slice(0, 80 * 88 * 69) };
  const withThree = values.map((label) => (label === 4 ? 3 : label));
  for (const [prediction, t1ce, out, message] of [
    [PREDICTION, int16('small.nii', smaller), 'out.nii', /small\.nii: shape is 80 x 88 x 69/],
    [PREDICTION, int16('moved.nii', { affine: moved }), 'out.nii', /moved\.nii: affine is/],
    [int16('three.nii', { values: withThree }), at('t1ce.nii'), 'out.nii', /three\.nii: .*label 3/],
    [PREDICTION, at('absent.nii'), 'out.nii', /absent\.nii/],
    [PREDICTION, at('t1ce.nii'), 'out.png', /out\.png should end in \.nii/],
  ] as const) {
    const { status, stdout, stderr } = mckd(prediction, t1ce, at(out));
    assert.deepEqual([status, stdout], [1, ''], stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(existsSync(at(out)), false);
  }
});

test('mckd postprocess keeps the stated codes', async (t) => {
  const at = folderFor(t);
  const { shape, affine, values } = await readNifti(PREDICTION);
  const later = values.map((label) => (label === 4 ? 3 : label));
  writeNifti(at('later.nii'), { shape, affine, values: later, datatype: 'int16' });
  const files = ['--prediction', at('later.nii'), '--out', at('out.nii')];
  const { status, stdout, stderr } = run(...files, '--labels', 'brats2023');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /few enhancing voxels to label 1 \(under 500\): 0 of 2380/);
  assert.deepEqual(new Set((await readNifti(at('out.nii'))).values), new Set([0, 1, 2, 3]));
});

test('mckd postprocess without T1ce, by volume on large voxels, and never over what it reads', async (t) => {
  const at = folderFor(t);
  const { shape, affine, values } = await readNifti(PREDICTION);
  const large = affine.map((row, r) => (r < 3 ? row.map((cell) => 5 * cell) : row));
  writeNifti(at('large.nii'), { shape, affine: large, values, datatype: 'int16' });
  const clean = (...args: string[]) => run('--prediction', at('large.nii'), ...args);
  const { status, stdout, stderr } = clean('--out', at('out.nii'));
  assert.equal(status, 0, stderr);
  assert.match(stdout, /small components \(under 16 voxels and under 10 %/);
  assert.match(stdout, /none of it above slice 5\)/);
  assert.match(stdout, /dark oedema to label 1: skipped, since there is no T1ce/);
  assert.match(stdout, /few enhancing voxels to label 1 \(under 4\): 0 of/);
  assert.match(
    clean('--out', at('large.nii')).stderr,
    /large\.nii is among the data that are read/,
  );
  // It may replace its own result.
  const again = run('--prediction', at('out.nii'), '--out', at('out.nii'));
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stderr, /out\.nii is replaced/);
});
