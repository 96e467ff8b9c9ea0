/** The stills in the outputs of executed notebooks, made anew from their plotly figures: nothing is executed. */
import { canonical, writeFileAtomic } from '@mckd/lib/base';
import { figureBundle, PLOTLY_MIME, type Figure } from '@mckd/lib/report';
import type { NotebookFile, NotebookOutput } from './faults';
import { notebookJson } from './notebook-json';
import { readNotebook } from './results';

/** Text as a notebook file has it: each line for itself. */
function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** As nbformat writes it: lines of text, and JSON with sorted keys. */
function stored(type: string, content: unknown): unknown {
  if (typeof content !== 'string') return JSON.parse(canonical(content));
  return type === 'image/png' ? content : lines(content);
}

function renewed(output: NotebookOutput): NotebookOutput {
  const figure = output.data?.[PLOTLY_MIME] as Figure | undefined;
  if (figure === undefined) return output;
  const { data, metadata } = figureBundle(figure);
  const entries = Object.entries(data).map(([type, content]): [string, unknown] => [
    type,
    stored(type, content),
  ]);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...output, data: Object.fromEntries(entries), metadata };
}

/** The notebook with a still of today's kind for each figure. */
export function withStills(notebook: NotebookFile): NotebookFile {
  const cells = notebook.cells.map((cell) =>
    cell.outputs ? { ...cell, outputs: cell.outputs.map(renewed) } : cell,
  );
  return { ...notebook, cells };
}

/**
 * Renews the stills of notebook files.
 * @returns the files that changed
 */
export function renewStills(files: readonly string[]): string[] {
  return files.filter((file) => {
    const before = readNotebook(file);
    const after = notebookJson(withStills(before));
    if (after === notebookJson(before)) return false;
    writeFileAtomic(file, after);
    return true;
  });
}
