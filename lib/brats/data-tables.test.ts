import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PreparedCase } from '../loading/sampling';
import { MODALITY_SUBSETS } from '../base/modality';
import {
  clearestScan,
  dataSetTable,
  normalisationTable,
  regionTable,
  subsetDrawTable,
  tissueContrast,
} from './data-tables';

/** Six voxels: background, brain, brain, oedema, core, enhancing tumour. */
const made: PreparedCase = {
  name: 'made',
  size: [1, 1, 6],
  images: Float32Array.from([
    ...[0, 1, 3, 4, 5, 6],
    ...[0, 1, 1, 1, 1, 1],
    ...[0, 0, 0, 0, 0, 9],
    ...[0, 2, 2, 2, 2, 2],
  ]),
  regions: Uint8Array.from([...[0, 0, 0, 0, 0, 1], ...[0, 0, 0, 1, 1, 1], ...[0, 0, 0, 0, 1, 1]]),
};

test('mean intensity of each tissue, background left out', () => {
  const contrast = tissueContrast([made, made]);
  assert.deepEqual(contrast, [
    [2, 4, 5, 6],
    [1, 1, 1, 1],
    [0, 0, 0, 9],
    [2, 2, 2, 2],
  ]);
  assert.equal(clearestScan(contrast, ['core', 'enhancing tumour']), 't1ce');
  assert.equal(clearestScan(contrast, ['rest of the brain', 'core']), 'flair');
  const healthy = { ...made, regions: new Uint8Array(18) };
  assert.deepEqual(tissueContrast([healthy])[3], [2, null, null, null]);
});

test('voxels and millilitres of the regions', () => {
  const affine = [
    [0, 2, 0, 0],
    [2, 0, 0, 0],
    [0, 0, 5, 0],
    [0, 0, 0, 1],
  ];
  const { rows } = regionTable(made, { affine });
  assert.deepEqual(
    rows.map(({ region, voxels, millilitres }) => [region, voxels, millilitres]),
    [
      ['ET', 1, 0.02],
      ['WT', 3, 0.06],
      ['TC', 2, 0.04],
    ],
  );
});

test('normalised scans have mean 0 and deviation 1 over the brain', () => {
  // More voxels than the scan's own number type can count.
  const flair = Int16Array.from({ length: 80_000 }, (_, i) => (i < 20_000 ? 0 : 100 + (i % 37)));
  const grid = { shape: [40, 40, 50], affine: [], axes: 'LPS' };
  const { rows } = normalisationTable({
    name: 'x',
    scans: { flair },
    grid,
    stored: grid,
    notes: [],
  });
  assert.equal(rows.length, 1);
  const [{ scan, mean, meanAfter, stdAfter }] = rows as Record<string, number | string>[];
  assert.equal(scan, 'FLAIR');
  assert.ok(Math.abs((mean as number) - 118) < 0.2);
  assert.ok(Math.abs(meanAfter as number) < 1e-5 && Math.abs((stdAfter as number) - 1) < 1e-5);
});

test('subsets by the authors’ distribution, counted, and equally likely', () => {
  const { rows } = subsetDrawTable([MODALITY_SUBSETS[0], MODALITY_SUBSETS[14]]);
  const column = (key: string): number[] => rows.map((row) => row[key] as number);
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  for (const key of ['authors', 'counted', 'equal']) {
    assert.ok(Math.abs(sum(column(key)) - 100) < 1e-9, key);
  }
  assert.deepEqual([column('counted')[0], column('counted')[1]], [50, 0]);
  assert.equal(column('authors')[14], 25);
  assert.ok(Math.abs(column('authors')[4] - 25 / 6) < 1e-12);
});

test('the parts of a data set', () => {
  const cases = ['a', 'b', 'c'].map((name) => ({
    name,
    layout: '',
    scans: {},
    codes: { core: [], oedema: [], enhancing: [] },
    grade: name === 'a' ? ('HGG' as const) : ('LGG' as const),
  }));
  const splits = { train: ['a', 'b'], metaValidation: [], test: ['c'] } as never;
  const { rows } = dataSetTable({
    cases,
    splits,
    folder: '',
    sha256: '',
    provenance: 'phantom',
    protocol: 'phantoms',
    description: 'three',
  });
  assert.deepEqual(
    rows.map((row) => [row.cases, row.HGG, row.LGG]),
    [
      [2, 1, 1],
      [0, 0, 0],
      [1, 0, 1],
    ],
  );
});
