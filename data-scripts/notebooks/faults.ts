/** Failures of an executed notebook. tslab sends no error messages, so the outputs are examined. */
import { finalMarker } from '@mckd/lib/report';

export interface NotebookOutput {
  output_type: string;
  /** `stdout` or `stderr` of a stream. */
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
}

export interface NotebookCell {
  cell_type: string;
  id?: string;
  source: string | string[];
  outputs?: NotebookOutput[];
  execution_count?: number | null;
  metadata: Record<string, unknown>;
}

/** The JSON of a `.ipynb` file, as far as it is used here. */
export interface NotebookFile {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export interface Fault {
  /** Counted from 1 over the code cells that are not empty. */
  cell: number;
  of: number;
  message: string;
}

/** Text of a source or a stream, which may be stored as lines. */
export function joined(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '');
}

/** The message of an error without its stack trace and terminal colours. */
export function withoutStack(text: string): string {
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '');
  // Node prints the position and the source line of an error that nobody caught before its message.
  const message = plain.replace(/^(?:evalmachine\.<anonymous>|\/.*):\d+\n[^]*?\n *\^+\n/, '');
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  return (stack > 0 ? lines.slice(0, stack) : lines).join('\n').trim();
}

/** The code cells that a kernel runs. */
function codeCells(notebook: NotebookFile): NotebookCell[] {
  return notebook.cells.filter(
    (cell) => cell.cell_type === 'code' && joined(cell.source).trim() !== '',
  );
}

/**
 * The first fault of an executed notebook, or null: an error output, text on stderr (a thrown error, a type error,
 * a warning, a rejected promise), a cell that was not run, or a missing final marker.
 */
export function findFault(notebook: NotebookFile, name: string): Fault | null {
  const cells = codeCells(notebook);
  for (const [index, cell] of cells.entries()) {
    const at = { cell: index + 1, of: cells.length };
    for (const output of cell.outputs ?? []) {
      if (output.output_type === 'error')
        return { ...at, message: `${output.ename}: ${output.evalue}` };
      if (output.output_type === 'stream' && output.name === 'stderr') {
        return { ...at, message: withoutStack(joined(output.text)) };
      }
    }
    if (cell.execution_count == null) return { ...at, message: 'the cell was not run' };
  }
  const last = cells.at(-1);
  const printed = (last?.outputs ?? []).filter((output) => output.name === 'stdout');
  const marker = finalMarker(name);
  if (printed.some((output) => joined(output.text).split('\n').includes(marker))) return null;
  const message = `the last cell did not print "${marker}"; end the notebook with await finishNotebook()`;
  return { cell: cells.length, of: cells.length, message };
}
