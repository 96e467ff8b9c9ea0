/** Any published table by itself: one row per method, one column per condition. */
import type { Column, Row, Table } from '../report/tables/types';
import type { PublishedTable } from './study';

export interface PlainTableOptions {
  /** Whether the best of each column is bold: not if rows can't be compared, such as gains over different models. */
  best?: boolean;
}

/** Digits after the point that the numbers were printed with: 2, or 1 where a whole table has no more. */
function printedDigits(published: PublishedTable): number {
  const values = Object.values(published.cells)
    .flatMap((row) => Object.values(row))
    .flatMap(({ value }) => (value === null ? [] : [value]));
  const coarse = values.length > 0 && values.every((value) => Number(value.toFixed(1)) === value);
  return coarse ? 1 : 2;
}

/** The published table as it was printed, with the note in its caption; the highest of each column is bold. */
export function tableOfPublished(
  published: PublishedTable,
  { best = true }: PlainTableOptions = {},
): Table {
  const digits = printedDigits(published);
  const columns = published.conditions.map(({ key, title }): Column => ({
    key,
    title,
    digits,
    ...(best ? { best: 'highest' } : {}),
  }));
  return {
    name: `published-${published.name}`,
    title: published.title,
    caption: [published.unit, published.note].filter((text) => text !== '').join('; '),
    columns: [{ key: 'method', title: 'method' }, ...columns],
    rows: published.methods.map(({ key, title }): Row => ({
      ...published.cells[key],
      method: title,
    })),
  };
}
