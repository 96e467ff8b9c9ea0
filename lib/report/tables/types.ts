/** The kit's tables: plain JSON, so that they can be saved, compared and rendered anywhere. */
import { z } from 'zod';
import type { PairedVerdict } from '../../base/statistics';

/**
 * How well a published number was checked. `V2`: read in two independent copies; `V1`: read in one copy of the
 * original or in the authors' repository; `S`: quoted by another source; `not verified`: no number is known.
 */
export type Mark = 'V2' | 'V1' | 'S' | 'not verified';

/** What each mark means, for the notes under a table. */
export const MARK_MEANINGS: Record<Mark, string> = {
  V2: 'read in two independent copies of the original',
  V1: 'read in one copy of the original or in its authors’ repository',
  S: 'secondary: quoted by another page, not checked against the original',
  'not verified': 'the printed number was not available',
};

/** A result over `n` runs: mean and sample standard deviation, in the unit of its column. */
export interface MeanCell {
  mean: number;
  /** Undefined for a single run, which has no spread. */
  sd?: number;
  n: number;
}

/** A printed number; `value` is null exactly when the mark is `not verified`. */
export interface PublishedCell {
  value: number | null;
  source: string;
  mark: Mark;
}

/** Ours minus a published number; shown with its sign. */
export interface DifferenceCell {
  difference: number;
}

/** One cell; null and a missing key are both an empty cell. */
export type Cell =
  string | number | null | MeanCell | PublishedCell | DifferenceCell | PairedVerdict;

export interface Column {
  /** The key of this column's cells in every row. */
  key: string;
  title: string;
  /** A heading over neighbouring columns of the same group, such as `published`, `ours`, `difference`. */
  group?: string;
  /** Digits after the point. Default: 2. */
  digits?: number;
  /** Which cell is bold. */
  best?: 'highest' | 'lowest';
  /** Depends on the machine, such as a time: not compared between runs. */
  machine?: boolean;
}

export type Row = Record<string, Cell>;

export interface Table {
  /** File name without ending: lower case, digits, hyphens. */
  name: string;
  title: string;
  /** Data, preset, seeds and limitations of the numbers. */
  caption: string;
  columns: Column[];
  rows: Row[];
  /** Groups of columns of which the best of each row is bold, such as the published methods. */
  bestInRow?: { columns: string[]; best: 'highest' | 'lowest' }[];
  /** Indices of rows that are shown but never bold, such as an upper bound. */
  notCompared?: number[];
}

/** Of a saved table. The content of cells is left to the renderer. */
export const tableSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  caption: z.string(),
  columns: z.array(
    z.strictObject({
      key: z.string(),
      title: z.string(),
      group: z.string().optional(),
      digits: z.int().optional(),
      best: z.enum(['highest', 'lowest']).optional(),
      machine: z.boolean().optional(),
    }),
  ),
  rows: z.array(z.record(z.string(), z.custom<Cell>())),
  bestInRow: z
    .array(z.strictObject({ columns: z.array(z.string()), best: z.enum(['highest', 'lowest']) }))
    .optional(),
  notCompared: z.array(z.int()).optional(),
});
