import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { readNotebook } from '../notebooks/results';
import { listNotebooks } from '../notebooks/run';
import { browserOrSkip } from '../notebooks/shown-notebooks';
import { figureCount } from '../notebooks/viewers';

const root = findKitRoot(__dirname);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Serves a folder on this machine. */
async function serve(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = join(folder, normalize(path));
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const unescaped = (text: string): string => decodeURIComponent(text.replaceAll('&amp;', '&'));

/** Links and sources within the book that lead nowhere, as `page -> target`. */
function brokenLinks(folder: string): string[] {
  const pages = (readdirSync(folder, { recursive: true }) as string[]).filter(
    (file) => file.endsWith('.html') && !file.startsWith('_static'),
  );
  const ids = new Map<string, Set<string>>();
  const idsOf = (file: string): Set<string> => {
    const known = ids.get(file);
    if (known) return known;
    const found = [...readFileSync(file, 'utf8').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    const made = new Set(found.map(unescaped));
    ids.set(file, made);
    return made;
  };
  return pages.flatMap((page) => {
    const file = join(folder, page);
    const text = readFileSync(file, 'utf8').replace(/<script[^]*?<\/script>/g, '');
    const targets = [...text.matchAll(/\s(?:href|src)="([^"]+)"/g)].map(([, target]) => target);
    return [...new Set(targets)].flatMap((target) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [path, anchor] = unescaped(target).split('#');
      const [bare] = path.split('?');
      const there = bare === '' ? file : join(dirname(file), bare);
      if (!existsSync(there)) return [`${page} -> ${target}`];
      const inPage = anchor && there.endsWith('.html') && !page.startsWith('api');
      return inPage && !idsOf(there).has(anchor) ? [`${page} -> ${target}`] : [];
    });
  });
}

interface Watched {
  page: Page;
  /** Requests that failed or left this machine, and errors of scripts. */
  faults: string[];
}

async function lookAt(page: Page, url: string): Promise<Watched> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`${url}: ${error.message}`));
  page.on('requestfailed', (request) => faults.push(`${url}: no ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${url}: ${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url()))
      faults.push(`${url}: asks ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
  return { page, faults };
}

/** Runs in the page: sizes of pictures of outputs, formulas that were not set, and how much is wider than the window. */
function look(): { stills: number; blank: number; formulas: number; unset: number; over: number } {
  const images = [...document.querySelectorAll<HTMLImageElement>('article img')];
  const { scrollWidth, clientWidth } = document.documentElement;
  // Of a formula that was not seen as one.
  const dollars = [...document.querySelectorAll('article p')].filter((one) => {
    const text = one.cloneNode(true) as Element;
    for (const part of text.querySelectorAll('code, mjx-container')) part.remove();
    return text.textContent?.includes('$');
  });
  return {
    stills: document.querySelectorAll('.cell_output img').length,
    blank: images.filter(({ naturalWidth, width }) => naturalWidth === 0 || width === 0).length,
    formulas: document.querySelectorAll('mjx-container').length,
    unset: document.querySelectorAll('mjx-merror').length + dollars.length,
    over: scrollWidth - clientWidth,
  };
}

test('the book: every figure, no broken link, search, on screens and paper', async (t) => {
  const executablePath = browserOrSkip(t);
  if (!executablePath) return;
  const out = join(temporaryFolder(t), 'book');
  const mckd = join(root, 'data-scripts', 'mckd.mjs');
  const said = execFileSync(process.execPath, [mckd, 'site', '--out', out, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.deepEqual((JSON.parse(said) as { warnings: string[] }).warnings, []);
  assert.deepEqual(brokenLinks(out), []);
  assert.ok(existsSync(join(out, 'api', 'index.html')));

  const { url, server } = await serve(out);
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    let formulas = 0;
    for (const colorScheme of ['light', 'dark'] as const) {
      const width = colorScheme === 'light' ? 1400 : 390;
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      for (const file of listNotebooks(join(root, 'notebooks'))) {
        const name = file.slice(root.length).replace(/ipynb$/, 'html');
        const { page, faults } = await lookAt(await context.newPage(), url + name);
        const seen = await page.evaluate(look);
        assert.deepEqual(faults, []);
        assert.equal(seen.stills, figureCount(readNotebook(file)), `${name}: figures`);
        assert.deepEqual([seen.blank, seen.unset, seen.over], [0, 0, 0], `${name}, ${width} wide`);
        formulas += seen.formulas;
        await page.close();
      }
      await context.close();
    }
    assert.ok(formulas > 0, 'formulas are set');

    const { page, faults } = await lookAt(
      await browser.newPage(),
      `${url}/search.html?q=distillation`,
    );
    await page.waitForSelector('#search-results li a');
    const found = await page.locator('#search-results li a').allInnerTexts();
    assert.ok(
      found.some((title) => title.includes('Pairwise distillation')),
      found.join(),
    );
    assert.deepEqual(faults, []);

    await page.goto(`${url}/notebooks/01-data-preparation.html`, { waitUntil: 'networkidle' });
    const paper = await page.pdf({ format: 'A4', printBackground: true });
    assert.ok(
      paper.toString('latin1').match(/\/Subtype \/Image/g)!.length >= 4,
      'pictures on paper',
    );
  } finally {
    await browser.close();
    server.close();
  }
});
