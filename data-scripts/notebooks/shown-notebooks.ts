/** For tests in a browser: notebooks with a table and figures, and what JupyterLab must show of them. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  confusionFigure,
  curvesFigure,
  imageGridFigure,
  tableBundle,
  type Figure,
  type Table,
} from '@mckd/lib/report';
import type { NotebookFile, NotebookOutput } from './faults';
import { expectedCounts, findChromium, type LabView } from './lab-view';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** The browser, or a skipped test that says how to get one. */
export function browserOrSkip(t: TestContext): string | null {
  const found = findChromium();
  if (!found)
    t.skip(
      'no Chromium found; install it (Debian, Ubuntu: apt-get install chromium) or set MCKD_CHROMIUM',
    );
  return found;
}

export const figures: Figure[] = [
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

export const table: Table = {
  name: 'accuracy',
  title: 'Accuracy',
  caption: 'c',
  columns: [{ key: 'a', title: 'a' }],
  rows: [{ a: { value: null, source: 's', mark: 'not verified' } }],
};

/** An executed notebook with a table and figures; `plot` makes the content of plotly's mime type. */
export function executed(plot: (figure: Figure) => unknown): NotebookFile {
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
      cell('table', [output(tableBundle(table))]),
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

/** Every cell, table and trace is there, and the page has no error. */
export function assertAllThere(name: string, view: LabView, notebook: NotebookFile): void {
  const { errors, emptyPlots, cutStills, ...counts } = view;
  assert.deepEqual(errors, [], `${name}: errors of the page`);
  assert.deepEqual(
    counts,
    expectedCounts(notebook),
    `${name}: cells, tables and traces of every plot`,
  );
  assert.equal(emptyPlots, 0, `${name}: plots without their traces`);
  assert.equal(cutStills, 0, `${name}: stills wider than their output`);
}
