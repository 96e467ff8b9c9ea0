import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { writeFileAtomic } from '@mckd/lib/base';
import { buildConfig } from '@mckd/lib/config';
import { buildManifest, findKitRoot, type Figure, type Row, type Table } from '@mckd/lib/report';
import type { NotebookFile } from './faults';
import { expectedCounts, viewInLab } from './lab-view';
import { writeReport } from './results';
import { listNotebooks } from './run';
import { assertAllThere, browserOrSkip, executed, figures, table } from './shown-notebooks';

const root = findKitRoot(__dirname);
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'mckd-browser-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

// `npm run test:slow` shows all notebooks of the kit.
test('JupyterLab shows every cell, table and plot, and nothing of a notebook with a plot as a JSON string', async (t) => {
  const browser = browserOrSkip(t);
  if (!browser) return;
  const folder = join(work, 'lab');
  mkdirSync(folder);
  const [kit] = listNotebooks(join(root, 'notebooks'), ['02']);
  const notebooks: Record<string, NotebookFile> = {
    'good.ipynb': executed((figure) => figure),
    'kit.ipynb': JSON.parse(readFileSync(kit, 'utf8')) as NotebookFile,
  };
  const trap = executed((figure) => JSON.stringify(figure));
  for (const [name, notebook] of Object.entries({ ...notebooks, 'trap.ipynb': trap }))
    writeFileSync(join(folder, name), JSON.stringify(notebook));
  const expected = {
    'good.ipynb': expectedCounts(notebooks['good.ipynb']),
    'kit.ipynb': expectedCounts(notebooks['kit.ipynb']),
    'trap.ipynb': expectedCounts(notebooks['good.ipynb']),
  };
  const patience = { 'trap.ipynb': 20_000 };
  const views = await viewInLab({ root, folder, expected, chromium: browser, patience });
  for (const [name, notebook] of Object.entries(notebooks))
    assertAllThere(name, views[name], notebook);
  assert.throws(
    () => assertAllThere('trap.ipynb', views['trap.ipynb'], trap),
    assert.AssertionError,
  );
  assert.ok(views['trap.ipynb'].cells < trap.cells.length, 'JupyterLab leaves the notebook blank');
});

/** The report of a results folder with these tables and figures. */
function makeReport(name: string, tables: Table[], drawn: Figure[]): string {
  const folder = join(work, name);
  const config = buildConfig('smoke');
  const names = drawn.map((_, index) => `figure-${index}`);
  const record = {
    name: '06-x',
    config,
    tables: tables.map((one) => one.name),
    figures: names,
    data: [],
    checks: [],
    versions: null,
  };
  writeFileAtomic(join(folder, 'records', '06-x.json'), JSON.stringify(record));
  for (const one of tables) {
    writeFileAtomic(join(folder, 'tables', `${one.name}.json`), JSON.stringify(one));
  }
  drawn.forEach((figure, index) =>
    writeFileAtomic(join(folder, 'figures', `${names[index]}.json`), JSON.stringify(figure)),
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
  return pathToFileURL(report).href;
}

test('the report draws every plot without network access', async (t) => {
  const executablePath = browserOrSkip(t);
  if (!executablePath) return;
  const report = makeReport('results', [table], figures);
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
    await page.goto(report);
    await page.waitForFunction(
      (count) => document.querySelectorAll('.js-plotly-plot .main-svg').length >= count,
      figures.length,
    );
    assert.equal(await page.locator('.js-plotly-plot').count(), figures.length);
    assert.equal(await page.locator('.heatmaplayer image').count(), 1);
    assert.equal(await page.locator('.imagelayer image').count(), 3);
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

/** As wide as the tables of the comparison: three methods and a difference for each of three regions. */
function wideTable(): Table {
  const score = (mean: number) => ({ mean, sd: 1.9, n: 3 });
  const difference = { difference: 1.2, interval: [-10.3, 12.7] as [number, number] };
  const regions = ['ET', 'WT', 'TC'];
  const rowOf = (subset: string, mean: number): Row => {
    const row: Row = { subset };
    for (const region of regions) {
      for (const method of 'abc') row[`${region} ${method}`] = score(mean);
      row[`${region} d`] = difference;
    }
    return row;
  };
  return {
    name: 'wide',
    title: 'Three trainings over the 15 subsets of scans',
    caption: 'Dice in percent, mean over the test cases. '.repeat(6),
    columns: [
      { key: 'subset', title: 'available modalities' },
      ...regions.flatMap((group) => [
        { key: `${group} a`, title: 'complete modalities only', group, digits: 1 },
        { key: `${group} b`, title: 'random subsets, no distillation', group, digits: 1 },
        { key: `${group} c`, title: 'MCKD', group, digits: 1 },
        { key: `${group} d`, title: 'MCKD − random subsets', group, digits: 1 },
      ]),
    ],
    rows: Array.from({ length: 16 }, (_, i) =>
      rowOf(i === 14 ? 'FLAIR + T1 + T1ce + T2' : 'T1 + T1ce', 40 + i),
    ),
  };
}

test('a wide table of the report fits the window, or marks that it continues to the right', async (t) => {
  const executablePath = browserOrSkip(t);
  if (!executablePath) return;
  const report = makeReport('wide', [wideTable(), table], []);
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    const look = () =>
      page.evaluate(() => {
        const box = document.querySelector('#table-06-x-wide .mckd-table') as HTMLElement;
        const cell = box.querySelector('tbody td') as HTMLElement;
        const label = getComputedStyle(box.parentElement as Element, '::after').content;
        return {
          hidden: box.scrollWidth - box.clientWidth,
          first: cell.getBoundingClientRect().left - box.getBoundingClientRect().left,
          says: label.includes('more columns'),
          page: document.documentElement.scrollWidth - innerWidth,
        };
      });
    for (const width of [1100, 1400, 700]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(report);
      const { hidden, page: beyond, says } = await look();
      assert.ok(beyond <= 0, `the page is ${beyond} pixels wider than a window of ${width}`);
      assert.equal(says, hidden > 1, `${hidden} pixels hidden in a window of ${width}`);
      t.diagnostic(`${width} pixels: ${hidden} of the table hidden`);
      if (process.env.MCKD_PICTURES) {
        await page.screenshot({
          path: join(process.env.MCKD_PICTURES, `report-${width}.png`),
          fullPage: true,
        });
      }
    }
    // The last window is too narrow in any font.
    assert.ok((await look()).hidden > 100);
    await page.locator('#table-06-x-wide .mckd-table').evaluate((box) => box.scrollTo(10_000, 0));
    await page.waitForSelector('.more-left');
    const { first, says } = await look();
    assert.deepEqual([Math.round(first), says], [0, false], 'the names of the rows stay visible');
    // A4 landscape without its margins, at 96 pixels an inch.
    await page.setViewportSize({ width: 1032, height: 700 });
    await page.emulateMedia({ media: 'print' });
    const printed = await look();
    assert.ok(printed.hidden <= 0 && !printed.says, `${printed.hidden} pixels off the paper`);
    if (process.env.MCKD_PICTURES) {
      await page.pdf({
        path: join(process.env.MCKD_PICTURES, 'report.pdf'),
        preferCSSPageSize: true,
      });
    }
  } finally {
    await browser.close();
  }
});
