/** The kit's notebooks with their committed outputs, in JupyterLab. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import type { NotebookFile } from './faults';
import { expectedCounts, viewInLab } from './lab-view';
import { listNotebooks } from './run';
import { assertAllThere, browserOrSkip } from './shown-notebooks';

const root = findKitRoot(__dirname);

test('JupyterLab shows every cell, table and plot of the notebooks', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const folder = temporaryFolder(t);
  const notebooks: Record<string, NotebookFile> = {};
  for (const file of listNotebooks(join(root, 'notebooks'))) {
    copyFileSync(file, join(folder, basename(file)));
    notebooks[basename(file)] = JSON.parse(readFileSync(file, 'utf8')) as NotebookFile;
  }
  const expected = Object.fromEntries(
    Object.entries(notebooks).map(([name, one]) => [name, expectedCounts(one)]),
  );
  const views = await viewInLab({
    root,
    folder,
    expected,
    chromium: browser,
    pictures: process.env.MCKD_PICTURES,
  });
  assert.equal(Object.keys(views).length, Object.keys(notebooks).length);
  for (const [name, notebook] of Object.entries(notebooks)) {
    const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
    assert.ok(outputs.length > 0, `${name} has no outputs; run it with --save`);
    assertAllThere(name, views[name], notebook);
  }
});
