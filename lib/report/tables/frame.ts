/** Between the kit's tables and danfojs frames. danfojs takes seconds to load, so it is loaded on first use. */
import type { DataFrame } from 'danfojs-node';
import { tableToRecords } from './text';
import type { Cell, Column, Table } from './types';

function danfo(): typeof import('danfojs-node') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on first use, synchronously
  return require('danfojs-node') as typeof import('danfojs-node');
}

/**
 * A danfojs frame of the table's rows, one column per plain value as in its CSV: spread, runs, marks and sources
 * have columns of their own, numbers are unrounded.
 */
export function toFrame(table: Table): DataFrame {
  const records = tableToRecords(table);
  return new (danfo().DataFrame)(records);
}

export interface FrameOptions {
  name: string;
  title: string;
  caption: string;
  /** Which columns, in which order and how. Default: all of the frame's with 2 digits. */
  columns?: Column[];
}

/** A table of a danfojs frame; values that are neither text nor finite numbers become empty cells. */
export function fromFrame(frame: DataFrame, options: FrameOptions): Table {
  const { name, title, caption } = options;
  const names = frame.columns;
  const columns = options.columns ?? names.map((key) => ({ key, title: key }));
  const rows = (frame.values as unknown[][]).map((values) =>
    Object.fromEntries(names.map((key, index) => [key, plainCell(values[index])])),
  );
  return { name, title, caption, columns, rows };
}

function plainCell(value: unknown): Cell {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'boolean' ? String(value) : null;
}
