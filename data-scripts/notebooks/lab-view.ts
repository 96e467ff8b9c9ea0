/** The rendered notebook in JupyterLab: opened in a headless Chromium and counted. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { environmentPython } from './execute';
import { joined, type NotebookFile } from './faults';

/** Counts over a whole notebook. */
export interface NotebookCounts {
  cells: number;
  tables: number;
  /** The number of traces of every plot, in order. */
  plots: number[];
}

export interface LabView extends NotebookCounts {
  /** Plots in which not every trace was drawn. */
  emptyPlots: number;
  /** Stills that are wider than their output, and so cut off. */
  cutStills: number;
  /** Errors of the page. */
  errors: string[];
}

const PLOTLY = 'application/vnd.plotly.v1+json';

/** What the page must show of a notebook. A plot that isn't an object counts as one plot without traces. */
export function expectedCounts(notebook: NotebookFile): NotebookCounts {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  const plots = outputs.flatMap((output) => {
    const plot = output.data?.[PLOTLY] as { data?: unknown[] } | undefined;
    return plot === undefined ? [] : [plot.data?.length ?? 0];
  });
  const html = outputs
    .filter((output) => output.data?.[PLOTLY] === undefined)
    .map((output) => joined(output.data?.['text/html'] as string | string[] | undefined));
  const tables = html.reduce((sum, text) => sum + (text.match(/<table/g)?.length ?? 0), 0);
  return { cells: notebook.cells.length, tables, plots };
}

/** The browser: MCKD_CHROMIUM, or the paths of Linux distributions; null if there is none. */
export function findChromium(): string | null {
  const places = [
    process.env.MCKD_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((place) => place && existsSync(place)) ?? null;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

interface Lab {
  url: string;
  stop(): Promise<void>;
}

/** JupyterLab on the notebooks of `folder`, with its own settings and every cell rendered at once. */
async function startLab(root: string, folder: string): Promise<Lab> {
  const home = mkdtempSync(join(tmpdir(), 'mckd-lab-'));
  const setting = (plugin: string, name: string, value: object): void => {
    mkdirSync(join(home, 'settings', '@jupyterlab', plugin), { recursive: true });
    writeFileSync(
      join(home, 'settings', '@jupyterlab', plugin, `${name}.jupyterlab-settings`),
      JSON.stringify(value),
    );
  };
  setting('notebook-extension', 'tracker', { windowingMode: 'none' });
  setting('apputils-extension', 'notification', { fetchNews: 'false', checkForUpdates: false });
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const server = spawn(
    environmentPython(root),
    [
      ...[
        '-m',
        'jupyterlab',
        '--no-browser',
        '--ip=127.0.0.1',
        `--port=${port}`,
        '--ServerApp.port_retries=0',
      ],
      ...[
        `--IdentityProvider.token=${token}`,
        `--ServerApp.root_dir=${folder}`,
        '--ServerApp.allow_root=True',
      ],
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data'),
        JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces'),
      },
    },
  );
  const stop = async (): Promise<void> => {
    await ended(server);
    rmSync(home, { recursive: true, force: true });
  };
  let log = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-5000);
  });
  const base = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 240; attempt += 1) {
    if (server.exitCode !== null) break;
    const answer = await fetch(`${base}/api/status?token=${token}`).catch(() => null);
    if (answer?.ok) return { url: `${base}/lab/tree/NAME?token=${token}&reset`, stop };
    await new Promise((done) => setTimeout(done, 250));
  }
  await stop();
  throw new Error(`JupyterLab did not start:\n${log}`);
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    // One SIGTERM ends the server after it has stopped its kernels.
    server.kill('SIGTERM');
  });
}

/** Runs in the page: the renderer shows a figure's PNG, and draws the figure where the pointer enters it. */
function enterStills(): void {
  for (const still of document.querySelectorAll('.jp-OutputArea-output img.plot-img'))
    still.dispatchEvent(new MouseEvent('mouseenter'));
}

/** Runs in the page. */
function countInPage(): Omit<LabView, 'errors'> {
  const cells = document.querySelectorAll('.jp-Notebook .jp-Cell').length;
  const tables = document.querySelectorAll('.jp-OutputArea-output table').length;
  const plots = [...document.querySelectorAll('.jp-OutputArea .js-plotly-plot')];
  const drawn = plots.map((plot) => {
    // A plot may be in the page before its traces are: only elements that plotly draws per trace count.
    const layers = '.scatterlayer .trace, .barlayer .trace, .heatmaplayer image, .imagelayer image';
    return plot.querySelectorAll(layers).length;
  });
  const traces = plots.map((plot) => (plot as unknown as { data?: unknown[] }).data?.length ?? 0);
  const emptyPlots = drawn.filter((count, index) => count < traces[index] || count === 0).length;
  const stills = [...document.querySelectorAll<HTMLImageElement>('img.plot-img')];
  // A still that is not shown has its own width, too.
  const cutStills = stills.filter((still) => {
    const output = still.closest<HTMLElement>('.jp-OutputArea-output');
    return output !== null && still.naturalWidth > output.clientWidth;
  }).length;
  return { cells, tables, plots: traces, emptyPlots, cutStills };
}

function complete(view: Omit<LabView, 'errors'>, expected: NotebookCounts): boolean {
  return (
    view.cells >= expected.cells &&
    view.tables >= expected.tables &&
    view.plots.length >= expected.plots.length &&
    view.emptyPlots === 0
  );
}

async function viewPage(
  page: Page,
  url: string,
  expected: NotebookCounts,
  patience: number,
): Promise<LabView> {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  let view = await page.evaluate(countInPage);
  for (let waited = 0; waited < patience && !complete(view, expected); waited += 500) {
    await page.waitForTimeout(500);
    await page.evaluate(enterStills);
    view = await page.evaluate(countInPage);
  }
  return { ...view, errors };
}

export interface LabViewOptions {
  root: string;
  /** The folder that holds the notebooks. */
  folder: string;
  /** What each notebook must show; the page is polled until it does. */
  expected: Record<string, NotebookCounts>;
  chromium: string;
  /** How long a page may take, in milliseconds, if other than a minute. */
  patience?: Readonly<Record<string, number>>;
  /** A folder for a screenshot of every page. */
  pictures?: string;
}

const PATIENCE_MS = 60_000;

/** Open every notebook of `expected` in JupyterLab and count what it shows. */
export async function viewInLab(options: LabViewOptions): Promise<Record<string, LabView>> {
  const { root, folder, expected, patience = {}, pictures } = options;
  const lab = await startLab(root, folder);
  let browser: Browser | null = null;
  try {
    browser = await chromium.launch({
      executablePath: options.chromium,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    const views: Record<string, LabView> = {};
    for (const [file, counts] of Object.entries(expected)) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
      views[file] = await viewPage(
        page,
        lab.url.replace('NAME', encodeURIComponent(file)),
        counts,
        patience[file] ?? PATIENCE_MS,
      );
      if (pictures) {
        mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: join(pictures, `${file}.png`) });
      }
      await page.close();
    }
    return views;
  } finally {
    await browser?.close();
    await lab.stop();
  }
}
