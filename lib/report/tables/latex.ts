/** A table as LaTeX with booktabs rules. */
import {
  bestRows,
  cellText,
  columnGroups,
  isNumericColumn,
  isPublishedCell,
  tableNotes,
} from './format';
import { requireFiniteCells } from './finite';
import type { Cell, Column, Table } from './types';

const NAMES: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '±': '$\\pm$',
  '−': '$-$',
  '×': '$\\times$',
  '–': '--',
  '’': "'",
};

/** Escape text for LaTeX. */
export function escapeLatex(text: string): string {
  return text
    .replace(/[\\{}$&#_%~^<>±−×–’]/g, (character) => NAMES[character])
    .replace(/\s*[\r\n\u2028\u2029]\s*/g, ' ');
}

function cellLatex(cell: Cell | undefined, column: Column): string {
  const text = escapeLatex(cellText(cell, column));
  if (!isPublishedCell(cell)) return text;
  if (text === 'not verified') return '\\textit{not verified}';
  const cut = text.lastIndexOf(' [');
  return `${text.slice(0, cut)}\\textsuperscript{${escapeLatex(cell.mark)}}`;
}

/** The `tabular` environment of a table. */
function tabular(table: Table): string[] {
  requireFiniteCells(table);
  const best = table.columns.map((column) => bestRows(table, column));
  const spec = table.columns.map((column) => (isNumericColumn(table, column) ? 'r' : 'l')).join('');
  // After the row before, a bracket or a star would be an argument of its `\\`.
  const line = (cells: string[]): string =>
    `${/^[[*]/.test(cells[0] ?? '') ? '{}' : ''}${cells.join(' & ')} \\\\`;
  const groups = columnGroups(table.columns);
  const head: string[] = [];
  if (groups.some((group) => group.title !== '')) {
    head.push(
      line(groups.map(({ title, span }) => `\\multicolumn{${span}}{c}{${escapeLatex(title)}}`)),
    );
    let at = 1;
    const rules = groups.map(({ title, span }) => {
      const rule = title === '' ? '' : `\\cmidrule(lr){${at}-${at + span - 1}}`;
      at += span;
      return rule;
    });
    head.push(rules.filter((rule) => rule !== '').join(' '));
  }
  head.push(line(table.columns.map((column) => escapeLatex(column.title))));
  const body = table.rows.map((row, rowIndex) =>
    line(
      table.columns.map((column, index) => {
        const text = cellLatex(row[column.key], column);
        return text !== '' && best[index].has(rowIndex) ? `\\textbf{${text}}` : text;
      }),
    ),
  );
  return [
    `\\begin{tabular}{${spec}}`,
    '\\toprule',
    ...head,
    '\\midrule',
    ...body,
    '\\bottomrule',
    '\\end{tabular}',
  ];
}

/** Caption and notes. @param first sentences before them */
function captionOf(table: Table, ...first: string[]): string {
  return [...first, table.caption, ...tableNotes(table)].map(escapeLatex).join(' ');
}

/** A `table` environment; the document needs `\usepackage{booktabs}`. The label is `tab:<name>`. */
export function tableToLatex(table: Table): string {
  return [
    '\\begin{table}[t]',
    '\\centering',
    `\\caption{${captionOf(table, `${table.title}.`)}}`,
    `\\label{tab:${table.name.replace(/[^A-Za-z0-9-]/g, '-')}}`,
    ...tabular(table),
    '\\end{table}',
    '',
  ].join('\n');
}

/**
 * A table in the place where it stands, no wider or higher than the page, for a document with booktabs and adjustbox, as
 * nbconvert's is.
 */
export function tableToLatexOutput(table: Table): string {
  return [
    `\\par\\noindent\\textbf{${escapeLatex(table.title)}}\\par\\nobreak\\medskip\\nobreak`,
    '\\noindent\\adjustbox{max width=\\linewidth, max totalheight=0.85\\textheight}{%',
    ...tabular(table),
    '}\\par\\medskip',
    `\\noindent{\\small ${captionOf(table)}}\\par`,
    '',
  ].join('\n');
}
