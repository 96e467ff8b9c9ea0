import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { curvesFigure } from './figures';
import { findKitRoot, finishNotebook, startNotebook, type NotebookRecord } from './notebook';
import type { Table } from './tables';

const table: Table = {
  name: 'a-table',
  title: 't',
  caption: 'c',
  columns: [{ key: 'a', title: 'a' }],
  rows: [{ a: 1 }],
};
const figure = curvesFigure({
  title: 't',
  x: { title: 'x' },
  y: { title: 'y' },
  series: [{ name: 'n', y: [1, 2] }],
});

/** Run `body` with the environment of a runner, collecting console output. */
async function asNotebook(body: (folder: string) => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-notebook-'));
  const before = { ...process.env };
  Object.assign(process.env, { MCKD_PRESET: 'smoke', MCKD_RESULTS: folder });
  const lines: string[] = [];
  const log = console.log;
  console.log = (...words: unknown[]) => void lines.push(words.join(' '));
  try {
    await body(folder);
  } finally {
    console.log = log;
    process.env = before;
    rmSync(folder, { recursive: true, force: true });
  }
  return lines;
}

test('a notebook saves in every format, leaves a record and prints the marker', async () => {
  const lines = await asNotebook(async (folder) => {
    const notebook = startNotebook('06-a-notebook');
    assert.equal(notebook.config.preset, 'smoke');
    notebook.show(table);
    notebook.show(table);
    notebook.show({ ...figure, name: 'a-figure' });
    notebook.recordData({ name: 'digits', sha256: 'ab', description: 'd' });
    const trained = { name: 'a', folder: 'f', settingsSha256: '1', checkpointSha256: '2' };
    notebook.recordTrainings([trained]);
    notebook.recordTrainings([{ ...trained, checkpointSha256: '3' }]);
    await finishNotebook([{ claim: 'c', holds: true }]);
    assert.deepEqual(
      readdirSync(join(folder, 'tables')).sort(),
      ['csv', 'html', 'json', 'md', 'tex'].map((e) => `a-table.${e}`),
    );
    assert.deepEqual(readdirSync(join(folder, 'figures')).sort(), [
      'a-figure.json',
      'a-figure.svg',
    ]);
    const record = JSON.parse(
      readFileSync(join(folder, 'records', '06-a-notebook.json'), 'utf8'),
    ) as NotebookRecord;
    assert.deepEqual(
      [record.tables, record.figures, record.data.length],
      [['a-table'], ['a-figure'], 1],
    );
    assert.deepEqual(record.trainings, [{ ...trained, checkpointSha256: '3' }]);
    assert.equal(record.versions?.tfjs, '4.22.0');
  });
  assert.equal(lines.at(-1), 'MCKD NOTEBOOK COMPLETE 06-a-notebook');
});

test('a check that fails throws, and there is neither a record nor a marker', async () => {
  const lines = await asNotebook(async (folder) => {
    startNotebook('06-a-notebook');
    await assert.rejects(
      finishNotebook([{ claim: 'two is one', holds: false }]),
      /does not hold: two is one/,
    );
    assert.ok(!existsSync(join(folder, 'records')));
  });
  assert.ok(!lines.some((line) => line.includes('COMPLETE')));
});

test('an unhandled rejection is printed at once, and thrown by the last cell', async (t) => {
  await asNotebook(async () => {
    startNotebook('06-a-notebook');
    const printed = t.mock.method(console, 'error', () => undefined);
    // Emitted by hand: a rejection here would end the test's own process.
    process.listeners('unhandledRejection').at(-1)?.(
      new UserError('no space is left', { code: 'CANNOT_WRITE' }),
      Promise.resolve(),
    );
    assert.deepEqual(
      printed.mock.calls.map(({ arguments: told }) => told),
      [['no space is left']],
    );
    await assert.rejects(finishNotebook(), /^UserError: no space is left$/);
    printed.mock.restore();
  });
});

test('names that could leave the folder, presets and overrides are checked', async () => {
  await asNotebook(async () => {
    const notebook = startNotebook('06-a-notebook');
    assert.throws(() => notebook.show({ ...table, name: '../x' }), UserError);
    assert.throws(() => notebook.show({ ...figure, name: 'A b' }), { code: 'BAD_VALUE' });
    assert.throws(() => notebook.show(figure), { code: 'BAD_VALUE' });
    assert.throws(() => startNotebook('06', { avMnist: { epoch: 1 } }), /avMnist\.epoch/);
    process.env.MCKD_PRESET = 'fast';
    assert.throws(() => startNotebook('06'), { code: 'BAD_VALUE' });
  });
});

test('the kit is found upward, and its absence is one sentence', () => {
  assert.ok(existsSync(join(findKitRoot(__dirname), 'package.json')));
  assert.throws(() => findKitRoot(tmpdir()), { code: 'MISSING' });
});
