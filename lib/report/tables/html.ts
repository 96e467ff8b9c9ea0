/** A table as an HTML fragment: semantic, with inline alignment so that it reads well without a style sheet. */
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

/** Escape text for HTML content and attributes. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

function cellHtml(cell: Cell | undefined, column: Column): string {
  if (isPublishedCell(cell)) {
    const text = cellText(cell, column);
    const source = escapeHtml(`${cell.source} [${cell.mark}]`);
    if (text === 'not verified') return `<em title="${source}">not verified</em>`;
    const value = text.slice(0, text.lastIndexOf(' ['));
    return `<span title="${source}">${escapeHtml(value)}&nbsp;<sup>${escapeHtml(cell.mark)}</sup></span>`;
  }
  return escapeHtml(cellText(cell, column)).replace(
    / /g,
    typeof cell === 'string' ? ' ' : '&nbsp;',
  );
}

/** The table with title, caption and notes, as `<div class="mckd-table">…</div>`. */
export function tableToHtml(table: Table): string {
  requireFiniteCells(table);
  const align = table.columns.map((column) => (isNumericColumn(table, column) ? 'right' : 'left'));
  const best = table.columns.map((column) => bestRows(table, column));
  const groups = columnGroups(table.columns);
  const head: string[] = [];
  if (groups.some((group) => group.title !== '')) {
    const cells = groups.map(
      ({ title, span }) =>
        `<th colspan="${span}" style="text-align:center">${escapeHtml(title)}</th>`,
    );
    head.push(`<tr>${cells.join('')}</tr>`);
  }
  const titles = table.columns.map(
    (column, index) => `<th style="text-align:${align[index]}">${escapeHtml(column.title)}</th>`,
  );
  head.push(`<tr>${titles.join('')}</tr>`);
  const body = table.rows.map((row, rowIndex) => {
    const cells = table.columns.map((column, index) => {
      const html = cellHtml(row[column.key], column);
      const shown = best[index].has(rowIndex) ? `<strong>${html}</strong>` : html;
      return `<td style="text-align:${align[index]}">${shown}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const notes = tableNotes(table).map((note) => `<br><small>${escapeHtml(note)}</small>`);
  return [
    '<div class="mckd-table">',
    `<p><strong>${escapeHtml(table.title)}</strong></p>`,
    `<table><thead>${head.join('\n')}</thead>`,
    `<tbody>${body.join('\n')}</tbody></table>`,
    `<p class="mckd-caption">${escapeHtml(table.caption)}${notes.join('')}</p>`,
    '</div>',
  ].join('\n');
}
