/** Tables hold finite numbers only. */
import { UserError } from '../../base/errors';
import { showValue } from '../../base/json';
import type { Cell, Column, Table } from './types';

/**
 * Called by everything that writes or shows a table.
 * @throws UserError naming table, row and column of the first cell that holds NaN or an infinity
 */
export function requireFiniteCells(table: Table): void {
  for (const [r, row] of table.rows.entries()) {
    for (const column of table.columns) {
      const wrong = numbersOf(row[column.key]).find((value) => !Number.isFinite(value));
      if (wrong === undefined) continue;
      const rowName = table.columns.map(({ key }) => row[key]).find((c) => typeof c === 'string');
      throw new UserError(
        `table ${table.name}: the cell "${titleOf(column)}" of row ${r + 1}${rowName === undefined ? '' : ` ("${String(rowName)}")`} is ${showValue(wrong)} and should be a number; its input is missing or broken`,
        { code: 'NOT_FINITE', field: column.key, value: wrong },
      );
    }
  }
}

function titleOf({ group, title }: Column): string {
  return group === undefined ? title : `${group}: ${title}`;
}

function numbersOf(cell: Cell | undefined): unknown[] {
  if (typeof cell === 'number') return [cell];
  if (typeof cell !== 'object' || cell === null) return [];
  if ('mean' in cell) return cell.n > 1 ? [cell.mean, cell.sd] : [cell.mean];
  if ('mark' in cell) return cell.value === null ? [] : [cell.value];
  return [cell.difference, ...('interval' in cell ? cell.interval : [])];
}
