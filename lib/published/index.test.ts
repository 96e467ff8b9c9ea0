import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { loadPublished, parsePublished, publishedCell, publishedTable } from './index';
import { shippedFile } from '../base/shipped-file';

const file = shippedFile('published', 'av-mnist.json');
const text = readFileSync(file, 'utf8');

test('the printed table of Audiovision-MNIST', () => {
  const table = publishedTable('av-mnist', 'speech-scarce');
  const printed = (method: string): (number | null)[] =>
    table.conditions.map(({ key }) => publishedCell(table, method, key).value);
  assert.deepEqual(
    table.conditions.map(({ key }) => Number(key)),
    [0.05, 0.1, 0.15, 0.2],
  );
  assert.deepEqual(printed('lower-bound'), [92.35, 92.35, 92.35, 92.35]);
  assert.deepEqual(printed('upper-bound'), [98.22, 98.22, 98.22, 98.22]);
  assert.deepEqual(printed('auto-encoder'), [89.78, 89.33, 89.78, 88.89]);
  assert.deepEqual(printed('gan'), [89.11, 89.78, 88.67, 89.56]);
  assert.deepEqual(printed('full2miss'), [90, 91.11, 92.23, 92.67]);
  assert.deepEqual(printed('smil'), [92.89, 93.11, 93.33, 94.44]);
  assert.deepEqual(printed('shaspec'), [93.33, 93.56, 93.78, 94.67]);
  assert.deepEqual(printed('mckd'), [null, 94.22, 94.89, null]);
  assert.equal(publishedCell(table, 'mckd', '0.1').mark, 'S');
  assert.equal(publishedCell(table, 'mckd', '0.05').mark, 'not verified');
  assert.equal(publishedCell(table, 'smil', '0.05').mark, 'V2');
});

test('a number that is not in a table is not verified', () => {
  const table = publishedTable('av-mnist', 'image-scarce');
  assert.equal(publishedCell(table, 'mckd', '0.05').value, null);
  assert.equal(publishedCell(table, 'nobody', '0.05').mark, 'not verified');
  assert.throws(
    () => publishedTable('av-mnist', 'nothing'),
    /has no table "nothing"; it has speech-scarce/,
  );
});

test('a value that a reader adds is read', () => {
  const study = JSON.parse(text) as ReturnType<typeof loadPublished>;
  study.tables[0].cells.mckd['0.05'] = { value: 93.78, source: 'the PDF, table 3', mark: 'V1' };
  const read = parsePublished(JSON.stringify(study), file);
  assert.deepEqual(publishedCell(read.tables[0], 'mckd', '0.05').value, 93.78);
});

type Json = Record<string, never>;
const faults: [
  string,
  (study: { tables: { cells: Record<string, Record<string, unknown>> }[] } & Json) => void,
  string,
][] = [
  [
    'text for a number',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: '93.11', source: 's', mark: 'V2' }),
    'tables.0.cells.smil.0.1.value',
  ],
  [
    'an unknown mark',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: 93.11, source: 's', mark: 'V3' }),
    'tables.0.cells.smil.0.1.mark',
  ],
  [
    'no source',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: 93.11, source: '', mark: 'V2' }),
    'tables.0.cells.smil.0.1.source',
  ],
  [
    'a number that is not verified',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: 93.11, source: 's', mark: 'not verified' }),
    'tables.0.cells.smil.0.1',
  ],
  [
    'a mark without a number',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: null, source: 's', mark: 'V2' }),
    'tables.0.cells.smil.0.1',
  ],
  [
    'a percentage over 100',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: 9311, source: 's', mark: 'V2' }),
    'tables.0.cells.smil.0.1.value',
  ],
  [
    'an unknown key',
    (s) => (s.tables[0].cells.smil['0.1'] = { value: 1, source: 's', mark: 'V2', note: 'x' }),
    'tables.0.cells.smil.0.1.note',
  ],
  ['a missing cell', (s) => delete s.tables[0].cells.smil['0.1'], 'tables.0.cells.smil.0.1'],
  [
    'a condition of no column',
    (s) => (s.tables[0].cells.smil['0.3'] = { value: 1, source: 's', mark: 'V2' }),
    'tables.0.cells.smil.0.3',
  ],
  [
    'a method of no row',
    (s) => (s.tables[0].cells.simil = s.tables[0].cells.smil),
    'tables.0.cells.simil',
  ],
];
for (const [name, spoil, field] of faults) {
  test(`${name} is one sentence with file, field and value`, () => {
    const study = JSON.parse(text) as Parameters<typeof spoil>[0];
    spoil(study);
    assert.throws(
      () => parsePublished(JSON.stringify(study), 'my.json'),
      (error: unknown) =>
        error instanceof UserError &&
        error.details.field === field &&
        error.message.startsWith(`my.json: ${field} is `) &&
        !error.message.includes('\n'),
    );
  });
}

test('broken JSON names the file', () => {
  assert.throws(() => parsePublished('{', 'my.json'), /^UserError: my\.json is not JSON/);
});
