import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeNifti, type Affine } from '../formats/nifti';
import { toAxes } from '../volume/orientation';
import { UserError } from '../base/errors';
import { randomStream } from '../base/random';
import { evaluateFiles } from './evaluate';
import { evaluationTable } from './evaluation-table';
import { pairFiles } from './pairs';
import { scoreLabels } from './regions';
import { summarise } from './summary';

const SHAPE = [7, 6, 5];
const AFFINE: Affine = [
  [-0.5, 0, 0, 10],
  [0, -2, 0, 239],
  [0, 0, 3, 0],
  [0, 0, 0, 1],
];

function folderFor(t: TestContext): (name: string) => string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-evaluate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return (name) => path.join(folder, name);
}

function labels(seed: number): Uint8Array {
  const random = randomStream(seed, 'metrics/labels');
  return Uint8Array.from({ length: 210 }, () => [0, 0, 0, 1, 2, 4][random.integer(6)]);
}

const image = (values: ArrayLike<number>) => ({
  shape: SHAPE,
  affine: AFFINE,
  values,
  datatype: 'int16' as const,
});

test('files are scored on the ground truth’s grid, whatever the axes of the prediction', async (t) => {
  const at = folderFor(t);
  const [prediction, truth] = [labels(1), labels(2)];
  const direct = scoreLabels(prediction, truth, SHAPE, { spacing: [0.5, 2, 3] });
  writeNifti(at('a_seg.nii.gz'), image(truth));
  for (const axes of ['LPS', 'RAS', 'SPL', 'AIR']) {
    const turned = toAxes({ ...image(prediction), values: prediction, axes: 'LPS' }, axes);
    writeNifti(at('turned.nii'), turned);
    const { cases } = await evaluateFiles(pairFiles(at('turned.nii'), at('a_seg.nii.gz')).pairs);
    assert.deepEqual(cases[0].scores, direct, axes);
    assert.deepEqual([cases[0].name, cases[0].spacing], ['a', [0.5, 2, 3]]);
  }
});

test('distances are in mm also where the grid is turned between the axes', async (t) => {
  const at = folderFor(t);
  const [prediction, truth] = [labels(1), labels(2)];
  const direct = scoreLabels(prediction, truth, SHAPE, { spacing: [0.5, 2, 3] });
  const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)];
  const [x, y] = AFFINE;
  const affine = [
    x.map((cell, c) => cos * cell - sin * y[c]),
    x.map((cell, c) => sin * cell + cos * y[c]),
    ...AFFINE.slice(2),
  ];
  writeNifti(at('a.nii'), { ...image(prediction), affine });
  writeNifti(at('a_seg.nii'), { ...image(truth), affine });
  const { cases } = await evaluateFiles(pairFiles(at('a.nii'), at('a_seg.nii')).pairs);
  for (const region of ['ET', 'WT', 'TC'] as const) {
    const [found, expected] = [cases[0].scores[region], direct[region]];
    assert.equal(found.dice, expected.dice);
    assert.ok(expected.hd95 > 0 && Math.abs(found.hd95 - expected.hd95) < 1e-4, region);
  }
});

test('ET is 4 (and 3 in later codes), TC adds 1, WT adds 2', () => {
  const truth = Uint8Array.of(0, 1, 2, 4);
  const { ET, WT, TC } = scoreLabels(Uint8Array.of(0, 4, 2, 4), truth, [4, 1, 1]);
  assert.deepEqual([ET.dice, WT.dice, TC.dice], [2 / 3, 1, 1]);
  assert.deepEqual([ET.truthVoxels, WT.truthVoxels, TC.truthVoxels], [1, 3, 2]);
});

test('shapes, affines, labels and images that don’t fit are named with file, field and value', async (t) => {
  const at = folderFor(t);
  writeNifti(at('truth.nii'), image(labels(2)));
  const refused = async (
    made: Parameters<typeof writeNifti>[1],
    field: string,
    value: unknown,
  ): Promise<void> => {
    writeNifti(at('prediction.nii'), made);
    await assert.rejects(
      evaluateFiles(pairFiles(at('prediction.nii'), at('truth.nii')).pairs),
      (error: unknown) => {
        assert.ok(error instanceof UserError, String(error));
        const { file, field: named, value: found } = error.details;
        assert.deepEqual([file, named, found], [at('prediction.nii'), field, value]);
        return error.message.includes(at('prediction.nii'));
      },
    );
  };
  const good = image(labels(1));
  await refused({ ...good, shape: [6, 7, 5] }, 'shape', [6, 7, 5]);
  await refused(
    { ...good, shape: [7, 6, 5, 2], values: new Uint8Array(420) },
    'shape',
    [7, 6, 5, 2],
  );
  const moved = AFFINE.map((row, r) => row.map((cell, c) => (r === 1 && c === 3 ? 240 : cell)));
  await refused({ ...good, affine: moved }, 'affine', moved);
  await refused(image(labels(1).fill(3, 8, 9)), 'label', 3);
  await refused(image(labels(1).fill(7, 8, 9)), 'label', 7);
  const halves = Float32Array.from(labels(1)).fill(0.5, 8, 9);
  await refused({ ...good, values: halves, datatype: 'float32' }, 'label', 0.5);
  const nothing = Float32Array.from(labels(1)).fill(NaN, 8, 9);
  await refused({ ...good, values: nothing, datatype: 'float32' }, 'label', NaN);
});

test('a wrong last case is found before the first is scored', async (t) => {
  const at = folderFor(t);
  for (const name of ['a', 'b']) writeNifti(at(`${name}_seg.nii`), image(labels(2)));
  writeNifti(at('a.nii'), image(labels(1)));
  writeNifti(at('b.nii'), { ...image(labels(1)), shape: [5, 6, 7] });
  let scored = 0;
  const pairs = ['a', 'b'].flatMap(
    (name) => pairFiles(at(`${name}.nii`), at(`${name}_seg.nii`)).pairs,
  );
  await assert.rejects(evaluateFiles(pairs, { onCase: () => (scored += 1) }), /shape is 5 x 6 x 7/);
  assert.equal(scored, 0);
});

test('mean, sample standard deviation and median leave NaN out and count it', () => {
  // v = [3, 1, 2.5]; numpy.mean(v), numpy.std(v, ddof=1), numpy.median(v)
  const { mean, sd, median, n, leftOut } = summarise([3, NaN, 1, 2.5, NaN]);
  assert.ok(
    Math.abs(mean - 2.1666666666666665) < 1e-15 && Math.abs((sd ?? 0) - 1.0408329997330663) < 1e-15,
  );
  assert.deepEqual([median, n, leftOut], [2.5, 3, 2]);
  assert.deepEqual(summarise([1, 2]).median, 1.5);
  assert.deepEqual(summarise([4]), { mean: 4, sd: null, median: 4, n: 1, leftOut: 0 });
  assert.deepEqual(summarise([NaN]), { mean: NaN, sd: null, median: NaN, n: 0, leftOut: 1 });
});

test('the table has one row per case, the summary, and the conventions in its caption', async (t) => {
  const at = folderFor(t);
  for (const name of ['a', 'b']) writeNifti(at(`${name}_seg.nii`), image(labels(2)));
  writeNifti(at('a.nii'), image(labels(2)));
  const withoutEnhancing = labels(2).map((label) => (label === 4 ? 1 : label));
  writeNifti(at('b.nii'), image(withoutEnhancing));
  const pairs = ['a', 'b'].flatMap(
    (name) => pairFiles(at(`${name}.nii`), at(`${name}_seg.nii`)).pairs,
  );
  const cells = async (convention: 'brats' | 'nan') => {
    const { rows, caption } = evaluationTable(await evaluateFiles(pairs, { convention }));
    return { hd95: rows.map((row) => [row.case, row['ET hd95']]), caption };
  };
  const brats = await cells('brats');
  assert.deepEqual(brats.hd95, [
    ['a', 0],
    ['b', 374],
    ['mean', 187],
    ['std', 374 / Math.SQRT2],
    ['median', 187],
  ]);
  assert.match(brats.caption, /374 mm/);
  const nan = await cells('nan');
  assert.deepEqual(nan.hd95, [
    ['a', 0],
    ['b', 'NaN'],
    ['mean', 0],
    ['std', null],
    ['median', 0],
    ['left out (NaN)', '1'],
  ]);
  assert.match(nan.caption, /NaN: undefined values/);
});
