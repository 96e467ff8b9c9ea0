/** The kit's own notebooks, from the first to the last cell, with preset `smoke` and the real kernel. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { findKitRoot, type Manifest, type Table } from '@mckd/lib/report';
import { listNotebooks, runNotebooks } from './run';

const root = findKitRoot(__dirname);
const results = mkdtempSync(join(tmpdir(), 'mckd-smoke-'));
after(() => rmSync(results, { recursive: true, force: true }));

test('every notebook runs at smoke and leaves its tables, the manifest and the report', async () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  await runNotebooks({ preset: 'smoke', resultsDirectory: results, stream });
  const manifest = JSON.parse(readFileSync(join(results, 'manifest.json'), 'utf8')) as Manifest;
  const names = manifest.notebooks.map((run) => [run.name, run.status]);
  assert.deepEqual(
    names,
    listNotebooks(join(root, 'notebooks')).map((file) => [basename(file, '.ipynb'), 'passed']),
  );
  const report = readFileSync(join(results, 'report.html'), 'utf8');
  for (const { name, tables, figures } of manifest.notebooks) {
    assert.ok(tables.length > 0, `${name} saved no table`);
    for (const table of tables) {
      for (const ending of ['csv', 'md', 'html', 'tex']) {
        assert.ok(existsSync(join(results, 'tables', `${table}.${ending}`)), `${table}.${ending}`);
      }
      const { title } = readTable(table);
      assert.ok(report.includes(title.replaceAll('&', '&amp;')), `the report lacks "${title}"`);
    }
    for (const figure of figures) assert.ok(existsSync(join(results, 'figures', `${figure}.svg`)));
  }
});

test('the Audiovision-MNIST tables name their speech data, and only real speech is compared', () => {
  const table = readTable('av-mnist-speech-scarce');
  const real = table.caption.includes('Real recordings');
  assert.equal(table.caption.includes('SYNTHETIC SPEECH'), !real);
  const mckd = table.rows.find((row) => row.method === 'MCKD');
  assert.equal(mckd?.['difference-0.1'] !== null, real);
});

function readTable(name: string): Table {
  return JSON.parse(readFileSync(join(results, 'tables', `${name}.json`), 'utf8')) as Table;
}
