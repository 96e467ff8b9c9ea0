/** The text of cells, and the best cells of a column: shared by all renderers. */
import { mean, sampleSd, type PairedVerdict } from '../../base/statistics';
import type { Cell, Column, DifferenceCell, Mark, MeanCell, PublishedCell, Table } from './types';
import { MARK_MEANINGS } from './types';

export function isMeanCell(cell: Cell | undefined): cell is MeanCell {
  return typeof cell === 'object' && cell !== null && 'mean' in cell;
}

export function isPublishedCell(cell: Cell | undefined): cell is PublishedCell {
  return typeof cell === 'object' && cell !== null && 'mark' in cell;
}

/** Any difference, tested or not. */
export function isDifference(cell: Cell | undefined): cell is DifferenceCell | PairedVerdict {
  return typeof cell === 'object' && cell !== null && 'difference' in cell;
}

export function isVerdict(cell: Cell | undefined): cell is PairedVerdict {
  return isDifference(cell) && 'kind' in cell;
}

/** The number of a cell, or null: text, an empty cell and an unverified one have none. */
export function cellValue(cell: Cell | undefined): number | null {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null;
  if (isMeanCell(cell)) return Number.isFinite(cell.mean) ? cell.mean : null;
  if (isPublishedCell(cell)) return cell.mark === 'not verified' ? null : cell.value;
  if (isDifference(cell)) return Number.isFinite(cell.difference) ? cell.difference : null;
  return null;
}

/** Ours minus the published number; null (an empty cell) if there is none. */
export function differenceTo(
  ours: number | MeanCell,
  published: PublishedCell,
): DifferenceCell | null {
  const value = cellValue(ours);
  const printed = cellValue(published);
  return value === null || printed === null ? null : { difference: value - printed };
}

/** Mean and sample standard deviation of one number per run. */
export function meanCell(values: readonly number[]): MeanCell {
  return { mean: mean(values), sd: sampleSd(values), n: values.length };
}

/** For figures: standard deviations as error bars, if every cell has one. */
export function errorBars(cells: readonly MeanCell[]): { error?: number[] } {
  const spreads = cells.flatMap(({ sd }) => (sd === undefined ? [] : [sd]));
  return spreads.length === cells.length ? { error: spreads } : {};
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? '−' : '+') + text;
}

function number(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.startsWith('-') ? (Number(text) === 0 ? text.slice(1) : '−' + text.slice(1)) : text;
}

/** A difference with its sign, and its interval if it was tested, such as `+1.2 [−0.3, +2.7]`. */
export function differenceText(cell: DifferenceCell | PairedVerdict, digits: number): string {
  const difference = signed(cell.difference, digits);
  if (!('interval' in cell)) return difference;
  const [low, high] = cell.interval.map((end) => signed(end, digits));
  return `${difference} [${low}, ${high}]`;
}

/** Marks a difference whose interval does not hold 0. */
const SHOWN = ' *';

/** A cell in plain characters; renderers escape it. A single run is shown without a spread. */
export function cellText(cell: Cell | undefined, column: Column): string {
  const digits = column.digits ?? 2;
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return number(cell, digits);
  if (isMeanCell(cell)) {
    return cell.sd !== undefined
      ? `${number(cell.mean, digits)} ± ${number(cell.sd, digits)}`
      : number(cell.mean, digits);
  }
  if (isPublishedCell(cell)) {
    const value = cellValue(cell);
    return value === null ? 'not verified' : `${number(value, digits)} [${cell.mark}]`;
  }
  const shown = isVerdict(cell) && (cell.kind === 'better' || cell.kind === 'worse');
  return differenceText(cell, digits) + (shown ? SHOWN : '');
}

/** Which scores are the best as printed: equal printed numbers are all best, and null never is. */
function bestOf(
  values: readonly (number | null)[],
  digits: number,
  best: 'highest' | 'lowest',
): Set<number> {
  const factor = 10 ** digits;
  const sign = best === 'highest' ? 1 : -1;
  const scores = values.map((value) =>
    value === null ? -Infinity : (sign * Math.round(value * factor)) / factor,
  );
  const top = Math.max(...scores);
  return new Set(
    scores.flatMap((score, index) => (score === top && score > -Infinity ? [index] : [])),
  );
}

/** The rows whose cell of this column is set in bold: the best of the column, or of its row. */
export function bestRows(table: Table, column: Column): Set<number> {
  const digits = column.digits ?? 2;
  const skipped = new Set(table.notCompared);
  const valueAt = (row: number, key: string): number | null =>
    skipped.has(row) ? null : cellValue(table.rows[row][key]);
  const rows = [...table.rows.keys()];
  const inColumn = rows.map((row) => valueAt(row, column.key));
  const bold = column.best ? bestOf(inColumn, digits, column.best) : new Set<number>();
  for (const { columns, best } of table.bestInRow ?? []) {
    const at = columns.indexOf(column.key);
    if (at < 0) continue;
    for (const row of rows) {
      const inRow = columns.map((key) => valueAt(row, key));
      if (bestOf(inRow, digits, best).has(at)) bold.add(row);
    }
  }
  return bold;
}

/** Numbers are right-aligned, text left-aligned. */
export function isNumericColumn(table: Table, column: Column): boolean {
  return table.rows.some((row) => row[column.key] != null && typeof row[column.key] !== 'string');
}

/** Neighbouring columns of one group, in order; `title` is '' for columns without one. */
export function columnGroups(columns: readonly Column[]): { title: string; span: number }[] {
  const groups: { title: string; span: number }[] = [];
  for (const { group = '' } of columns) {
    const last = groups.at(-1);
    if (last && last.title === group) last.span += 1;
    else groups.push({ title: group, span: 1 });
  }
  return groups;
}

/** The notes under a table: its marks, their meaning, and the sources of its numbers. */
export function tableNotes(table: Table): string[] {
  const cells = table.rows.flatMap((row) => table.columns.map((column) => row[column.key]));
  const published = cells.filter(isPublishedCell);
  const used = new Set<Mark>(published.map((cell) => cell.mark));
  const marks = (Object.keys(MARK_MEANINGS) as Mark[]).filter((mark) => used.has(mark));
  const notes: string[] = [];
  if (marks.length > 0) {
    notes.push('Marks: ' + marks.map((mark) => `${mark}: ${MARK_MEANINGS[mark]}`).join('; ') + '.');
  }
  const sources = new Set(
    published.filter((cell) => cellValue(cell) !== null).map((cell) => cell.source),
  );
  if (sources.size > 0) notes.push('Sources: ' + [...sources].join('; ') + '.');
  if (cells.some((cell) => isMeanCell(cell) && cell.n > 1)) {
    const runs = [...new Set(cells.filter(isMeanCell).map((cell) => cell.n))].sort((a, b) => a - b);
    notes.push(`± is the sample standard deviation over ${runs.join(' or ')} runs.`);
  }
  return [...notes, ...verdictNotes(cells.filter(isVerdict))];
}

function verdictNotes(verdicts: readonly PairedVerdict[]): string[] {
  const untested = (why: string): boolean =>
    verdicts.some((verdict) => verdict.kind === 'untested' && verdict.why === why);
  const notes: string[] = [];
  if (verdicts.some(({ kind }) => kind === 'better' || kind === 'worse')) {
    notes.push('*: the 95 % interval of the difference does not hold 0.');
  }
  if (untested('one seed')) notes.push('One seed: differences, not evidence.');
  if (untested('no spread')) {
    notes.push('A difference without an interval is the same for every seed.');
  }
  return notes;
}
