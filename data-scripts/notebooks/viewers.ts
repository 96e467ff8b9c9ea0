/** What viewers of notebooks show of a figure: by their documented orders of types, and rendered by nbconvert. */
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { PLOTLY_MIME } from '@mckd/lib/report';
import { environmentPython } from './execute';
import { joined, type NotebookFile } from './faults';

/** The types that a viewer can show, the one that it prefers first. */
export const VIEWERS: Readonly<Record<string, readonly string[]>> = {
  // Ranks of @jupyterlab/rendermime's factories (html 50, markdown 60, latex 70, svg 80, images 90, text 120) behind the 2 of
  // plotly's extension; github.com/jupyterlab/jupyterlab, packages/rendermime/src/factories.ts.
  JupyterLab: [
    PLOTLY_MIME,
    'text/html',
    'text/markdown',
    'text/latex',
    'image/svg+xml',
    'image/png',
    'text/plain',
  ],
  // orderOfMimeTypes in github.com/microsoft/vscode, extensions/ipynb/src/deserializers.ts; its notebook renderers draw plotly's.
  'VS Code': [
    PLOTLY_MIME,
    'text/html',
    'text/latex',
    'text/markdown',
    'image/png',
    'image/svg+xml',
    'text/plain',
  ],
  // display_data_priority of nbconvert's HTMLExporter. GitHub's viewer renders as it does (github.com/jupyter/nbviewer/issues/1037).
  'nbconvert to HTML, GitHub': [
    'text/html',
    'text/markdown',
    'image/svg+xml',
    'text/latex',
    'image/png',
    'text/plain',
  ],
  // display_data_priority of nbconvert's LatexExporter; it has SVG converted by Inkscape. `--to webpdf` prints the HTML.
  'nbconvert to LaTeX': ['text/latex', 'image/png', 'image/svg+xml', 'text/markdown', 'text/plain'],
  // base_render_priority of MyST-NB, myst_nb/core/render.py: the book.
  'MyST-NB to HTML': [
    'text/html',
    'image/svg+xml',
    'image/png',
    'text/markdown',
    'text/latex',
    'text/plain',
  ],
  // Colab documents no order; it draws no bundle of plotly's (its renderer of plotly.py is HTML), and images before text.
  'any viewer of images': ['image/png', 'image/svg+xml', 'text/plain'],
};

/** The type of a bundle that a viewer shows. */
export function picked(order: readonly string[], bundle: object): string | undefined {
  return order.find((type) => type in bundle);
}

/** A still as it is seen. */
export interface SeenStill {
  /** As shown, in pixels of the page. */
  width: number;
  height: number;
  /** Share of the pixels that differ from the first one. */
  drawn: number;
}

/** The number of a notebook's outputs that have a type. */
function countOf({ cells }: NotebookFile, type: string): number {
  return cells
    .flatMap(({ outputs = [] }) => outputs)
    .filter(({ data }) => data?.[type] !== undefined).length;
}

/** The number of figures in a notebook's outputs. */
export const figureCount = (notebook: NotebookFile): number => countOf(notebook, PLOTLY_MIME);

/** The number of tables in a notebook's outputs. */
export const tableCount = (notebook: NotebookFile): number => countOf(notebook, 'text/latex');

/**
 * Renders notebooks to HTML by nbconvert into `folder`, and opens them in Chromium without network and with JavaScript off.
 * @returns the images of each page's outputs, in order, as on screen and as printed
 */
export async function stillsIn(
  root: string,
  notebooks: readonly string[],
  folder: string,
  executablePath: string,
): Promise<Record<string, SeenStill[]>> {
  execFileSync(
    environmentPython(root),
    ['-m', 'nbconvert', '--to', 'html', '--output-dir', folder, ...notebooks],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const found: Record<string, SeenStill[]> = {};
    for (const file of notebooks) {
      const name = basename(file, '.ipynb');
      const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
      const page = await context.newPage();
      await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
      const screen = await page.evaluate(seeStills);
      await page.emulateMedia({ media: 'print' });
      const paper = await page.evaluate(seeStills);
      found[name] = screen.map((one, i) => ({
        ...one,
        width: Math.min(one.width, paper[i].width),
        height: Math.min(one.height, paper[i].height),
      }));
      await context.close();
    }
    return found;
  } finally {
    await browser.close();
  }
}

/** Runs in the page. */
async function seeStills(): Promise<SeenStill[]> {
  const images = [
    ...document.querySelectorAll<HTMLImageElement>('.jp-RenderedImage img, .jp-RenderedSVG img'),
  ];
  return Promise.all(
    images.map(async (image) => {
      await image.decode();
      const box = image.getBoundingClientRect();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [400, 300];
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0, 400, 300);
      const pixels = new Uint32Array(context?.getImageData(0, 0, 400, 300).data.buffer ?? []);
      const drawn = pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length;
      return { width: box.width, height: box.height, drawn };
    }),
  );
}

/** A notebook with these outputs. */
export function notebookOf(outputs: NotebookFile['cells'][number]['outputs']): NotebookFile {
  const cell = { id: 'figures', source: joined('1'), execution_count: 1, metadata: {}, outputs };
  return {
    cells: [{ cell_type: 'code', ...cell }],
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
