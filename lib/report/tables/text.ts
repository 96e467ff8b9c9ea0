/** A table as Markdown and as CSV. */
import {
  bestRows,
  cellText,
  cellValue,
  isMeanCell,
  isNumericColumn,
  isPublishedCell,
  isVerdict,
  tableNotes,
} from './format';
import { requireFiniteCells } from './finite';
import type { Cell, Column, Table } from './types';

/** Escapes marks, elements, entities and formulas, and removes line breaks. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/([\\`*_{}[\]<>|~#$]|&(?=#?\w+;))/g, '\\$1')
    .replace(/\s*[\r\n\u2028\u2029]\s*/g, ' ');
}

/** GitHub Markdown: title, table, caption, notes. A column group goes before the column's title. */
export function tableToMarkdown(table: Table): string {
  requireFiniteCells(table);
  const best = table.columns.map((column) => bestRows(table, column));
  const titles = table.columns.map(({ group, title }) => (group ? `${group}: ${title}` : title));
  const rule = table.columns.map((column) => (isNumericColumn(table, column) ? '---:' : '---'));
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const body = table.rows.map((row, rowIndex) =>
    line(
      table.columns.map((column, index) => {
        const text = escapeMarkdown(cellText(row[column.key], column));
        return text !== '' && best[index].has(rowIndex) ? `**${text}**` : text;
      }),
    ),
  );
  const notes = tableNotes(table).map(escapeMarkdown);
  return [
    `**${escapeMarkdown(table.title)}**`,
    '',
    line(titles.map(escapeMarkdown)),
    line(rule),
    ...body,
    '',
    escapeMarkdown(table.caption),
    ...notes.flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

interface CsvField {
  suffix: string;
  read: (cell: Cell | undefined) => string | number | null;
}

const value: CsvField = {
  suffix: '',
  read: (cell) => (typeof cell === 'string' ? cell : cellValue(cell)),
};

/** The fields of a column: its value, and the other parts of its cells. */
function csvFields(table: Table, column: Column): CsvField[] {
  const cells = table.rows.map((row) => row[column.key]);
  const fields = [value];
  if (cells.some(isMeanCell)) {
    fields.push({ suffix: ' sd', read: (cell) => (isMeanCell(cell) ? (cell.sd ?? null) : null) });
    fields.push({ suffix: ' runs', read: (cell) => (isMeanCell(cell) ? cell.n : null) });
  }
  if (cells.some(isPublishedCell)) {
    fields.push({ suffix: ' mark', read: (cell) => (isPublishedCell(cell) ? cell.mark : null) });
    fields.push({
      suffix: ' source',
      read: (cell) => (isPublishedCell(cell) ? cell.source : null),
    });
  }
  if (cells.some(isVerdict)) {
    const bound = (index: 0 | 1) => (cell: Cell | undefined) =>
      isVerdict(cell) && cell.kind !== 'untested' ? cell.interval[index] : null;
    fields.push(
      { suffix: ' low', read: bound(0) },
      { suffix: ' high', read: bound(1) },
      { suffix: ' verdict', read: (cell) => (isVerdict(cell) ? cell.kind : null) },
    );
  }
  return fields;
}

/** The same rows with one plain value per field: numbers unrounded, `null` for empty cells. */
export function tableToRecords(table: Table): Record<string, string | number | null>[] {
  requireFiniteCells(table);
  const fields = table.columns.flatMap((column) => {
    const title = column.group ? `${column.group}: ${column.title}` : column.title;
    return csvFields(table, column).map(({ suffix, read }) => ({
      key: column.key,
      name: title + suffix,
      read,
    }));
  });
  return table.rows.map((row) =>
    Object.fromEntries(fields.map(({ key, name, read }) => [name, read(row[key])])),
  );
}

/** Text that starts with these (also full-width) would be run as a formula by a spreadsheet. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

function quote(field: string | number | null): string {
  const plain = field === null ? '' : String(field);
  const text = typeof field === 'string' && FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/**
 * CSV (RFC 4180) for further computation: numbers unrounded, spread, runs, marks and sources in columns of
 * their own. An unverified cell has an empty value and the mark `not verified`. Text that a spreadsheet would run
 * as a formula starts with an apostrophe.
 */
export function tableToCsv(table: Table): string {
  const records = tableToRecords(table);
  const names =
    records.length > 0 ? Object.keys(records[0]) : table.columns.map((column) => column.title);
  const lines = [names, ...records.map((record) => names.map((name) => record[name]))];
  return lines.map((fields) => fields.map(quote).join(',') + '\r\n').join('');
}
