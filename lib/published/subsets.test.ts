import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REGIONS } from '../datasets/brats';
import { MODALITY_NAMES, MODALITY_SUBSETS } from '../base/modality';
import { cellValue } from '../report/tables';
import {
  loadPublished,
  publishedAverage,
  publishedCell,
  publishedMethods,
  publishedSubsets,
  publishedTable,
  subsetKey,
  type PublishedProtocol,
  type PublishedTable,
} from './index';

const PROTOCOLS: PublishedProtocol[] = [
  'brats2018-challenge',
  'brats2018-dedicated',
  'brats2018-demoseg',
  'brats2018-prism',
  'brats2020-demoseg',
];

/** How many cells of each mark. */
function marks(tables: readonly PublishedTable[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const table of tables)
    for (const row of Object.values(table.cells))
      for (const { mark } of Object.values(row)) count[mark] = (count[mark] ?? 0) + 1;
  return count;
}

/** The printed numbers of a table's method, from the first condition to the last. */
function printed(table: PublishedTable, method: string): (number | null)[] {
  return table.conditions.map(({ key }) => publishedCell(table, method, key).value);
}

test('every table has its cells', () => {
  const counts = (name: Parameters<typeof loadPublished>[0], prefix: string) =>
    marks(loadPublished(name).tables.filter((table) => table.name.startsWith(prefix)));
  // Six methods and two that are not verified, 15 subsets and the average, three regions.
  assert.deepEqual(counts('brats2018', 'subsets-'), { V2: 6 * 16 * 3, 'not verified': 2 * 16 * 3 });
  assert.deepEqual(counts('brats2018', 'dedicated-'), { V2: 4 * 5 * 3, 'not verified': 5 * 3 });
  assert.deepEqual(counts('brats2018', 'averages-'), { S: 8 * 3 });
  assert.deepEqual(counts('brats2018', 't1ce-simmlm'), { S: 3 * 3 });
  assert.deepEqual(counts('brats2018', 'shaspec-alignment'), { V2: 4 * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2018-demoseg-'), { V1: 4 * 16 * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2020-demoseg-'), { V1: 4 * 16 * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2018-prism-'), { V1: 5 * 16 * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2015-'), { V1: 4 * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2018-averages-'), { V1: (4 + 5) * 3 });
  assert.deepEqual(counts('brats-local-splits', 'brats2020-averages-'), {
    V1: (4 + 5 + 5) * 3,
    S: (4 + 3) * 3,
  });
  assert.deepEqual(counts('mckd', 'gains'), { V1: 3 * 3 });
  assert.deepEqual(counts('mckd', 'adni'), { S: 2 * 2 });
  assert.deepEqual(counts('mckd', 'brats'), { 'not verified': 2 * 3 });
  assert.deepEqual(counts('mckd', 'ablation-'), {
    'not verified': (2 + 3 + 2 + 2 + 5 + 4) * 3,
  });
});

test('subsets have the kit’s order and names', () => {
  const names = MODALITY_SUBSETS.map((subset) => subset.map((m) => MODALITY_NAMES[m]).join(' + '));
  for (const protocol of PROTOCOLS) {
    const many = protocol === 'brats2018-dedicated' ? 4 : 15;
    for (const region of REGIONS) {
      const rows = publishedSubsets(region, { protocol });
      assert.deepEqual(
        rows.map(({ title }) => title),
        names.slice(0, many),
      );
      assert.deepEqual(
        rows.map(({ present }) => present),
        MODALITY_SUBSETS.slice(0, many),
      );
    }
  }
  for (const name of ['brats2018', 'brats-local-splits'] as const) {
    for (const table of loadPublished(name).tables.filter((one) => one.conditions.length > 4)) {
      const many = table.conditions.length - 1;
      assert.deepEqual(
        table.conditions,
        [...MODALITY_SUBSETS.map((subset, s) => ({ key: subsetKey(subset), title: names[s] }))]
          .slice(0, many)
          .concat({ key: 'average', title: 'average' }),
        table.name,
      );
    }
  }
});

// Printed averages that are not the mean of their printed rows to 0.01: printed, mean.
const ODD: Record<string, [number, number]> = {
  'brats2018-dedicated TC shaspec': [73.92, 73.935],
  'brats2018-demoseg ET rfnet': [57.12, 57.084],
  'brats2020-demoseg ET mmformer': [64.08, 63.9873],
  'brats2020-demoseg ET gss': [66.42, 66.1773],
  'brats2020-demoseg TC mmformer': [78.69, 78.6273],
};

test('the printed averages are the mean of the rows, except for five', () => {
  const odd: string[] = [];
  const checked: Record<string, number> = {};
  for (const protocol of PROTOCOLS) {
    for (const region of REGIONS) {
      const rows = publishedSubsets(region, { protocol });
      const average = publishedAverage(region, { protocol });
      for (const { key } of publishedMethods(region, { protocol })) {
        const values = rows.map(({ cells }) => cells[key].value);
        const stated = average.cells[key].value;
        if (stated === null) {
          assert.ok(values.every((value) => value === null));
          continue;
        }
        const mean = values.reduce((sum: number, value) => sum + (value ?? NaN), 0) / rows.length;
        const name = `${protocol} ${region} ${key}`;
        checked[protocol] = (checked[protocol] ?? 0) + 1;
        const [expected, of] = ODD[name] ?? [mean, mean];
        if (name in ODD) odd.push(name);
        assert.ok(Math.abs(mean - of) < 1e-4, `${name}: the mean is ${mean}`);
        assert.ok(Math.abs(stated - expected) < 0.01, `${name}: ${stated} is printed`);
      }
    }
  }
  assert.equal(checked['brats2018-challenge'], 18);
  assert.deepEqual(odd.sort(), Object.keys(ODD).sort());
});

test('columns of the printed tables', () => {
  const column = (region: 'ET' | 'WT' | 'TC', method: string, protocol?: PublishedProtocol) =>
    publishedSubsets(region, { protocol }).map(({ cells }) => cells[method].value);
  assert.deepEqual(
    column('ET', 'shaspec-smoothed'),
    [
      45.11, 42.58, 75.8, 46.21, 44.81, 77.76, 47.22, 78.26, 49.87, 78.59, 78.51, 46.56, 78.15,
      78.35, 78.47,
    ],
  );
  assert.deepEqual(
    column('WT', 'rbseg'),
    [
      85.69, 70.11, 73.31, 82.24, 88.24, 88.51, 88.28, 77.18, 84.78, 85.19, 88.73, 88.81, 89.27,
      86.01, 89.45,
    ],
  );
  assert.deepEqual(
    column('TC', 'mmformer'),
    [
      61.21, 56.55, 75.41, 64.2, 65.91, 77.88, 69.75, 78.59, 69.42, 78.61, 79.8, 71.52, 79.55,
      80.39, 85.78,
    ],
  );
  assert.deepEqual(column('TC', 'acn', 'brats2018-dedicated'), [67.72, 71.18, 84.18, 67.94]);
  // These pages list the subsets in another order.
  assert.deepEqual(
    column('ET', 'gss', 'brats2020-demoseg'),
    [
      42.29, 39.74, 78.62, 51.28, 49.5, 80.99, 54.36, 80.82, 53.05, 80.49, 82.27, 53.87, 81.14,
      81.24, 83,
    ],
  );
  assert.deepEqual(
    column('WT', 'hemis', 'brats2018-prism'),
    [
      75.16, 53.23, 55.82, 78.31, 81.14, 82.24, 83.13, 63.28, 80.3, 80.62, 83.77, 84.82, 85.19,
      81.83, 85.85,
    ],
  );
  assert.ok(column('WT', 'mckd').every((value) => value === null));
});

test('tables that print the same number agree', () => {
  const gains = publishedTable('mckd', 'gains');
  const quoted = publishedTable('brats2018', 'averages-simmlm');
  const t1ce = publishedTable('brats2018', 't1ce-simmlm');
  for (const region of REGIONS) {
    const { cells } = publishedAverage(region);
    for (const method of ['mmformer', 'shaspec'])
      assert.equal(publishedCell(quoted, method, region).value, cells[method].value);
    const row = publishedSubsets(region).find(({ key }) => key === 't1ce');
    assert.equal(publishedCell(t1ce, 'shaspec', region).value, row?.cells.shaspec.value);
    const gain = (cellValue(cells['shaspec-smoothed']) ?? 0) - (cellValue(cells.mmformer) ?? 0);
    const stated = publishedCell(gains, 'shaspec-smoothed', region).value ?? NaN;
    assert.ok(Math.abs(gain - stated) < 1e-9);
    for (const year of ['brats2018', 'brats2020'] as const) {
      const averages = publishedTable('brats-local-splits', `${year}-averages-demoseg`);
      const rows = publishedAverage(region, { protocol: `${year}-demoseg` });
      for (const [method, cell] of Object.entries(rows.cells))
        assert.equal(publishedCell(averages, method, region).value, cell.value, method);
      const first = publishedTable('brats-local-splits', `${year}-averages-rfnet`);
      assert.equal(publishedCell(first, 'rfnet', region).value, rows.cells.rfnet.value);
    }
  }
  assert.deepEqual(printed(gains, 'mckd'), [3.51, 1.14, 2.19]);
  assert.deepEqual(printed(gains, 'lckd'), [3.61, 3.76, 5.99]);
});

test('numbers that were only inferred are in no cell', () => {
  const inferred = [63.46, 78.96, 86.7, 66.97, 81.15, 87.84, 66.59, 80.07, 87.4, 65.09, 79.64];
  for (const region of REGIONS) {
    const rows = [...publishedSubsets(region), publishedAverage(region)];
    for (const method of ['lckd', 'mckd']) {
      for (const { cells } of rows) {
        assert.deepEqual([cells[method].value, cells[method].mark], [null, 'not verified']);
        assert.match(cells[method].source, /arXiv/);
      }
    }
    const { note } = publishedTable('brats2018', `subsets-${region.toLowerCase()}`);
    assert.ok(inferred.every((value) => !note.includes(value.toFixed(2))));
  }
});
