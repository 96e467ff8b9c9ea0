import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test, type TestContext } from 'node:test';
import { chromium } from 'playwright-core';
import { buildConfig } from '@mckd/lib/dist/config';
import {
  confusionFigure,
  curvesFigure,
  imageGridFigure,
  type Figure,
} from '@mckd/lib/dist/figures';
import { buildManifest } from '@mckd/lib/dist/manifest';
import { findKitRoot } from '@mckd/lib/dist/notebook';
import { tableToHtml, type Table } from '@mckd/lib/dist/tables';
import { writeFileWhole } from '@mckd/lib/dist/write-file';
import type { NotebookFile, NotebookOutput } from './notebooks/faults';
import { expectedCounts, findChromium, viewInLab, type LabView } from './notebooks/lab-view';
import { writeReport } from './notebooks/results';
import { listNotebooks } from './run';

const root = findKitRoot(__dirname);
const PLOTLY = 'application/vnd.plotly.v1+json';
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'mckd-browser-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

/** The browser, or a skipped test that says how to get one. */
function browserOrSkip(t: TestContext): string | null {
  const found = findChromium();
  if (!found)
    t.skip(
      'no Chromium found; install it (Debian, Ubuntu: apt-get install chromium) or set MCKD_CHROMIUM',
    );
  return found;
}

const figures: Figure[] = [
  curvesFigure({
    title: 'curve',
    x: { title: 'x' },
    y: { title: 'y' },
    series: [{ name: 's', y: [1, 3, 2] }],
  }),
  confusionFigure({
    title: 'confusion',
    labels: ['0', '1'],
    counts: [
      [3, 1],
      [0, 4],
    ],
  }),
  imageGridFigure({
    title: 'grid',
    images: [1, 2, 3].map((end) => ({ width: 2, height: 2, pixels: [0, 1, 2, end] })),
  }),
];

const table: Table = {
  name: 'accuracy',
  title: 'Accuracy',
  caption: 'c',
  columns: [{ key: 'a', title: 'a' }],
  rows: [{ a: { value: null, source: 's', mark: 'not verified' } }],
};

/** An executed notebook with a table and figures; `plot` makes what stands under plotly's mime type. */
function executed(plot: (figure: Figure) => unknown): NotebookFile {
  const output = (data: Record<string, unknown>): NotebookOutput => ({
    output_type: 'display_data',
    data,
    metadata: {},
  });
  const cell = (id: string, outputs: NotebookOutput[]) => ({
    cell_type: 'code',
    id,
    source: '1',
    execution_count: 1,
    metadata: {},
    outputs,
  });
  return {
    cells: [
      { cell_type: 'markdown', id: 'head', source: '# Title', metadata: {} },
      cell('table', [output({ 'text/html': tableToHtml(table), 'text/plain': 'table' })]),
      cell(
        'plots',
        figures.map((figure) => output({ [PLOTLY]: plot(figure), 'text/plain': 'figure' })),
      ),
    ],
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function assertAllThere(name: string, view: LabView, notebook: NotebookFile): void {
  const { errors, emptyPlots, ...counts } = view;
  assert.deepEqual(errors, [], `${name}: errors of the page`);
  assert.deepEqual(
    counts,
    expectedCounts(notebook),
    `${name}: cells, tables and traces of every plot`,
  );
  assert.equal(emptyPlots, 0, `${name}: plots without their traces`);
}

test('JupyterLab shows every cell, table and plot of the notebooks', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const folder = join(work, 'lab');
  mkdirSync(folder);
  const fixture = executed((figure) => figure);
  writeFileSync(join(folder, 'fixture.ipynb'), JSON.stringify(fixture));
  const notebooks: Record<string, NotebookFile> = { 'fixture.ipynb': fixture };
  for (const file of listNotebooks(join(root, 'notebooks'))) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    copyFileSync(file, join(folder, name));
    notebooks[name] = JSON.parse(readFileSync(file, 'utf8')) as NotebookFile;
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

test('a plot that is a JSON string, not an object, is found out', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const folder = join(work, 'trap');
  mkdirSync(folder);
  const trap = executed((figure) => JSON.stringify(figure));
  const good = executed((figure) => figure);
  writeFileSync(join(folder, 'trap.ipynb'), JSON.stringify(trap));
  writeFileSync(join(folder, 'good.ipynb'), JSON.stringify(good));
  const whole = expectedCounts(good);
  const expected = { 'good.ipynb': whole, 'trap.ipynb': whole };
  const views = await viewInLab({ root, folder, expected, chromium: browser, patience: 20000 });
  assertAllThere('good.ipynb', views['good.ipynb'], good);
  assert.throws(
    () => assertAllThere('trap.ipynb', views['trap.ipynb'], trap),
    assert.AssertionError,
  );
  assert.ok(views['trap.ipynb'].cells < trap.cells.length, 'JupyterLab leaves the notebook blank');
});

test('the report draws every plot without a network', async (t) => {
  const executablePath = browserOrSkip(t);
  if (!executablePath) return;
  const folder = join(work, 'results');
  const config = buildConfig('smoke');
  const names = figures.map((_, index) => `figure-${index}`);
  const record = {
    name: '06-x',
    config,
    tables: [table.name],
    figures: names,
    data: [],
    checks: [],
    versions: null,
  };
  writeFileWhole(join(folder, 'records', '06-x.json'), JSON.stringify(record));
  writeFileWhole(join(folder, 'tables', `${table.name}.json`), JSON.stringify(table));
  figures.forEach((figure, index) =>
    writeFileWhole(join(folder, 'figures', `${names[index]}.json`), JSON.stringify(figure)),
  );
  const manifest = buildManifest({
    kit: { version: '0', commit: null, modified: false },
    versions: null,
    hardware: { cpu: 'c', cores: 1, memoryGiB: 1, gpu: null },
    config,
    runs: [],
  });
  const report = writeReport(folder, manifest);
  assert.ok(existsSync(report));
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(report).href);
    await page.waitForFunction(
      (count) => document.querySelectorAll('.js-plotly-plot .main-svg').length >= count,
      figures.length,
    );
    assert.equal(await page.locator('.js-plotly-plot').count(), figures.length);
    assert.equal(await page.locator('.heatmaplayer image').count(), 4);
    assert.equal(await page.locator('.scatterlayer .trace').count(), 1);
    assert.ok((await page.locator('main').innerText()).includes('not verified'));
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !/^(file|data|blob):/.test(url)),
      [],
    );
  } finally {
    await browser.close();
  }
});
