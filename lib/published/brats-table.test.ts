import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Protocol } from '../datasets/provenance';
import { UserError } from '../base/errors';
import { MODALITY_SUBSETS } from '../base/modality';
import {
  bestRows,
  cellText,
  tableToCsv,
  tableToHtml,
  tableToLatex,
  tableToMarkdown,
  type Table,
} from '../report/tables';
import {
  loadPublished,
  parsePublished,
  publishedBratsTable,
  publishedSubsets,
  publishedTable,
  tableOfPublished,
  type OurDice,
} from './index';

const average = MODALITY_SUBSETS.length;

function ours(protocol: Protocol, against?: string): OurDice {
  return {
    subsets: MODALITY_SUBSETS.map((_, s) => ({ mean: 50 + s, sd: 1, n: 3 })),
    average: { mean: 57, sd: 1, n: 3 },
    protocol,
    caption: 'three seeds of preset quick.',
    against,
  };
}

/** The texts of a row, by the title of the column. */
function texts(table: Table, row: number): Record<string, string> {
  return Object.fromEntries(
    table.columns.map((column) => [column.title, cellText(table.rows[row][column.key], column)]),
  );
}

/** Row by row, the titles of the columns that are bold. */
function bold(table: Table): string[][] {
  return table.rows.map((_, row) =>
    table.columns.filter((column) => bestRows(table, column).has(row)).map(({ title }) => title),
  );
}

test('published rows alone', () => {
  const table = publishedBratsTable({ region: 'TC' });
  assert.equal(table.rows.length, 16);
  assert.deepEqual(texts(table, 14), {
    'available modalities': 'FLAIR + T1 + T1ce + T2',
    'U-HeMIS': '79.48 [V2]',
    'U-HVED': '77.71 [V2]',
    RbSeg: '80.86 [V2]',
    mmFormer: '85.78 [V2]',
    ShaSpec: '85.45 [V2]',
    'ShaSpec*': '85.75 [V2]',
    LCKD: 'not verified',
    'MCKD (MetaKD)': 'not verified',
  });
  const best = bold(table);
  assert.deepEqual(best[14], ['mmFormer']);
  // F + T2: ShaSpec and ShaSpec* are printed alike.
  assert.deepEqual(best[6], ['ShaSpec', 'ShaSpec*']);
  assert.deepEqual(best[average], ['ShaSpec*']);
  assert.ok(best.every((titles) => titles.length > 0));
  assert.match(table.caption, /^Dice \(%\); bold: .* Published: .*challenge server/);
  const html = tableToHtml(table);
  assert.match(
    html,
    /Marks: V2: .*not verified: .*Sources: ShaSpec paper \(arXiv 2307\.14126\), table 1\./,
  );
  assert.ok(html.includes('<em title="MCKD / MetaKD (arXiv 2405.07155) [not verified]">'));
  for (const text of [tableToMarkdown(table), tableToLatex(table), tableToCsv(table)])
    assert.ok(text.includes('85.78'));
});

test('ours of another protocol are never set against published numbers', () => {
  for (const protocol of ['brats-authors-five', 'brats-one-fold', 'unstated'] as const) {
    const { rows } = publishedBratsTable({ region: 'ET', ours: ours(protocol, 'mmformer') });
    assert.ok(rows.every((row) => row.difference === null));
  }
  const folds = { region: 'ET', protocol: 'brats2018-demoseg' } as const;
  const same = publishedBratsTable({ ...folds, ours: ours('brats2018-three-folds', 'mmformer') });
  assert.notEqual(same.rows[0].difference, null);
  const table = publishedBratsTable({ region: 'ET', ours: ours('phantoms', 'mmformer') });
  assert.equal(table.columns.at(-1)?.title, 'ours − mmFormer');
  assert.ok(table.rows.every((row) => row.difference === null));
  assert.equal(texts(table, 0).MCKD, '50.00 ± 1.00');
  assert.match(
    table.caption,
    /Ours: three seeds of preset quick\. Ours are of .*phantoms.*the challenge's 66 .*no difference/,
  );
});

test('ours of the same protocol against a published method', () => {
  const table = publishedBratsTable({
    region: 'ET',
    ours: ours('brats2018-challenge-validation', 'mmformer'),
  });
  assert.equal(texts(table, 0)['ours − mmFormer'], '+10.67');
  assert.equal(texts(table, average)['ours − mmFormer'], '−2.85');
  assert.ok(!table.caption.includes('phantom'));
  // Ours is higher than all published T1 numbers and still not the best published one.
  assert.deepEqual(bold(table)[1], ['ShaSpec*']);
  const unverified = publishedBratsTable({
    region: 'ET',
    ours: ours('brats2018-challenge-validation'),
  });
  assert.equal(unverified.columns.at(-1)?.title, 'ours − MCKD (MetaKD)');
  assert.ok(unverified.rows.every((row) => row.difference === null));
});

test('a subset without a result of ours, and a protocol without MCKD', () => {
  const some = ours('brats2018-three-folds', 'rfnet');
  const table = publishedBratsTable({
    region: 'WT',
    protocol: 'brats2018-demoseg',
    ours: {
      ...some,
      subsets: some.subsets.map((cell, s) => (s === 3 ? null : cell)),
      average: undefined,
    },
  });
  for (const row of [3, average]) {
    assert.deepEqual([table.rows[row].ours, table.rows[row].difference], [null, null]);
  }
  assert.equal(texts(table, 4)['ours − RFNet'], '−34.78');
  const plain = publishedBratsTable({
    region: 'WT',
    protocol: 'brats2018-demoseg',
    ours: ours('brats2018-challenge-validation'),
  });
  assert.ok(!plain.columns.some(({ key }) => key === 'difference'));
  const dedicated = publishedBratsTable({
    region: 'WT',
    protocol: 'brats2018-dedicated',
    ours: ours('brats2018-challenge-validation', 'acn'),
  });
  assert.equal(dedicated.rows.length, 5);
  assert.equal(texts(dedicated, 3)['ours − ACN'], '−32.55');
});

test('a method that is not there, and too few subsets', () => {
  assert.throws(
    () => publishedBratsTable({ region: 'ET', ours: ours('brats2018-three-folds', 'rfnet') }),
    (error: unknown) =>
      error instanceof UserError &&
      error.details.field === 'against' &&
      /choose one of u-hemis, .*mckd/.test(error.message),
  );
  assert.throws(
    () => publishedBratsTable({ region: 'ET', ours: { ...ours('phantoms'), subsets: [] } }),
    RangeError,
  );
});

test('tables show a value that a reader adds', () => {
  const study = loadPublished('brats2018');
  const cell = { value: 47, source: 'the PDF, table 1', mark: 'V1' as const };
  const at = study.tables.findIndex(({ name }) => name === 'subsets-et');
  study.tables[at].cells.mckd.flair = cell;
  const edited = parsePublished(JSON.stringify(study), 'my.json');
  assert.deepEqual(publishedSubsets('ET', { study: edited })[0].cells.mckd, cell);
  const table = publishedBratsTable({
    region: 'ET',
    study: edited,
    ours: ours('brats2018-challenge-validation'),
  });
  assert.equal(texts(table, 0)['MCKD (MetaKD)'], '47.00 [V1]');
  assert.equal(texts(table, 0)['ours − MCKD (MetaKD)'], '+3.00');
  assert.deepEqual(bold(table)[0], ['MCKD (MetaKD)']);
  assert.match(tableToHtml(table), /V1: read in one copy.*the PDF, table 1/);
  assert.equal(publishedSubsets('ET')[0].cells.mckd.value, null);
});

test('any published table by itself', () => {
  const averages = tableOfPublished(
    publishedTable('brats-local-splits', 'brats2018-averages-rfnet'),
  );
  assert.deepEqual(
    averages.rows.map(({ method }) => method),
    ['HeMIS', 'U-HVED', 'RobustSeg', 'RFNet'],
  );
  assert.deepEqual(texts(averages, 3), {
    method: 'RFNet',
    ET: '57.12 [V1]',
    WT: '85.67 [V1]',
    TC: '76.53 [V1]',
  });
  assert.deepEqual(bold(averages), [[], [], [], ['ET', 'WT', 'TC']]);
  const coarse = tableOfPublished(publishedTable('brats2018', 'averages-graph-method'));
  assert.equal(texts(coarse, 0).ET, '46.8 [S]');
  const gains = tableOfPublished(publishedTable('mckd', 'gains'), { best: false });
  assert.ok(bold(gains).every((titles) => titles.length === 0));
  const ablation = tableOfPublished(publishedTable('mckd', 'ablation-distillation-weight'));
  assert.equal(ablation.rows.length, 5);
  assert.equal(texts(ablation, 3).ET, 'not verified');
});
