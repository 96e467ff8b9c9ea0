/** A run's tables beside those of a recorded run of the same settings: equal, or as far apart as machines may bring them. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readRecord } from '../base/json-record';
import { shippedFile } from '../base/shipped-file';
import { lowerMedian } from '../base/statistics';
import { cellValue, isPublishedCell } from './tables/format';
import type { Table } from './tables/types';

const referenceTableSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  columns: z.array(
    z.strictObject({
      key: z.string(),
      title: z.string(),
      /** Largest difference within a row, over runs with other instructions of the processor or other numbers of threads. */
      spread: z.number(),
    }),
  ),
  /** By row and column; null where a cell has no number. */
  rows: z.array(z.array(z.number().nullable())),
});

/** Numbers of a table. */
export type ReferenceTable = z.infer<typeof referenceTableSchema>;

/** What made a run. */
const madeBySchema = z.strictObject({ commit: z.string().nullable(), machine: z.string() });
export type MadeBy = z.infer<typeof madeBySchema>;

/** The run of the notebooks that later runs are compared with. */
const recordedRunSchema = z.strictObject({
  ...madeBySchema.shape,
  /** Of each task, as in checkpoints. */
  numerics: z.record(z.string(), z.int()),
  configSha256: z.string(),
  /** Runs with other instructions, or another number of threads, that spreads are over. */
  others: z.array(madeBySchema),
  notebooks: z.array(
    z.strictObject({
      name: z.string(),
      minutes: z.number(),
      /** SHA-256 of its data. */
      data: z.array(z.string()),
      /** SHA-256 of the checkpoints of its trainings, by their folders. */
      checkpoints: z.record(z.string(), z.string()),
      tables: z.array(referenceTableSchema),
    }),
  ),
});
export type RecordedRun = z.infer<typeof recordedRunSchema>;

/** The recorded run, which `npx mckd record quick` writes; undefined if there is none. */
export function readRecordedRun(
  file = shippedFile('recorded', 'quick', 'tables.json'),
): RecordedRun | undefined {
  return existsSync(file) ? readRecord(recordedRunSchema, file) : undefined;
}

export interface TableComparison {
  name: string;
  title: string;
  cells: number;
  /** Cells that are equal to the last bit. */
  equal: number;
  /** The cell that is furthest off, for what is allowed. Absent where all are equal. */
  worst?: { column: string; row: number; ours: number; recorded: number; allowed: number };
  /** Why rows can't be compared. */
  fault?: string;
  passed: boolean;
}

/**
 * Times the spread of its column that a cell may be off, or that of the table's middle column, if that is wider: few runs
 * see less than the whole of what machines do, and a new run has many cells.
 */
export const ALLOWED_SPREADS = 3;
/** What sums in another order may change, of the number itself. */
const ROUNDING = 1e-6;

/**
 * Numbers of the first run's tables, each column with its spread over all runs. Left out: what depends on the machine,
 * printed numbers, and tables that another run lacks.
 */
export function referenceTables(runs: readonly (readonly Table[])[]): ReferenceTable[] {
  const [first, ...others] = runs;
  return first.flatMap((table) => {
    const same = others.map((run) => run.find(({ name }) => name === table.name));
    const all = [table, ...same.filter((found) => found !== undefined)];
    if (all.length < runs.length) return [];
    const [rows, ...more] = all.map((one) => numbersOf(one));
    const columns = columnsOf(table).map(({ key, title, group }, c) => ({
      key,
      title: [group, title].filter(Boolean).join(': '),
      spread: Math.max(0, ...rows.map((row, r) => range([row, ...more.map((m) => m[r])], c))),
    }));
    return columns.length > 0 ? [{ name: table.name, title: table.title, columns, rows }] : [];
  });
}

function columnsOf(table: Table): Table['columns'] {
  return table.columns.filter(({ key, machine }) => {
    const cells = table.rows.map((row) => row[key]);
    const isOurs = cells.every((cell) => !isPublishedCell(cell));
    return !machine && isOurs && cells.some((cell) => cellValue(cell) !== null);
  });
}

function numbersOf(
  table: Table,
  keys = columnsOf(table).map(({ key }) => key),
): (number | null)[][] {
  return table.rows.map((row) => keys.map((key) => cellValue(row[key])));
}

/** Largest minus smallest number of a column of rows. */
function range(rows: readonly ((number | null)[] | undefined)[], column: number): number {
  const values = rows.flatMap((row) => row?.[column] ?? []);
  return values.length > 1 ? Math.max(...values) - Math.min(...values) : 0;
}

/** A table of a run beside the recorded one. @param table undefined if the run has none */
export function compareWithReference(
  { name, title, columns, rows }: ReferenceTable,
  table: Table | undefined,
): TableComparison {
  const cells = rows.flat().filter((value) => value !== null).length;
  const failed = (fault: string): TableComparison => ({
    ...{ name, title, cells, equal: 0, fault, passed: false },
  });
  if (!table) return failed('is missing');
  if (table.rows.length !== rows.length) {
    return failed(`has ${table.rows.length} rows, recorded are ${rows.length}`);
  }
  const found = numbersOf(
    table,
    columns.map(({ key }) => key),
  );
  const middle = lowerMedian(columns.map(({ spread }) => spread));
  let [equal, worst, excess]: [number, TableComparison['worst'], number] = [0, undefined, 0];
  for (const [r, row] of rows.entries()) {
    for (const [c, recorded] of row.entries()) {
      const ours = found[r][c];
      if (ours === null && recorded === null) continue;
      const at = `row ${r + 1}, ${columns[c].title}`;
      if (ours === null || recorded === null)
        return failed(`has ${ours ?? 'no number'} in ${at}; recorded is ${recorded ?? 'none'}`);
      const off = Math.abs(ours - recorded);
      if (off === 0) {
        equal += 1;
        continue;
      }
      const allowed =
        ALLOWED_SPREADS * Math.max(columns[c].spread, middle) + ROUNDING * Math.abs(recorded);
      if (worst && off / allowed <= excess) continue;
      excess = off / allowed;
      worst = { column: columns[c].title, row: r, ours, recorded, allowed };
    }
  }
  return { name, title, cells, equal, ...(worst ? { worst } : {}), passed: excess <= 1 };
}
