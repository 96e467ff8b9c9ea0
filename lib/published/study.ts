/**
 * Printed results as data: one JSON file per study, every cell with its value or null, its source and its mark.
 * A reader who has the paper adds the value, the source and a mark to the file; tables show it as it is.
 */
import { z } from 'zod';
import { PROTOCOLS, type Protocol } from '../datasets/provenance';
import { UserError } from '../base/errors';
import { parseJson, readJson, showValue } from '../base/json';
import type { PublishedCell } from '../report/tables/types';
import { shippedFile } from '../base/shipped-file';

/** A row or a column of a published table. */
export interface PublishedHeading {
  key: string;
  title: string;
}

/** One printed table: a cell for each method under each condition (a rate, a set of modalities and a region, …). */
export interface PublishedTable {
  name: string;
  title: string;
  unit: string;
  /** What the numbers measure. */
  protocol: Protocol;
  /** What limits the numbers, in our own words. */
  note: string;
  methods: PublishedHeading[];
  conditions: PublishedHeading[];
  /** cells[method key][condition key] */
  cells: Record<string, Record<string, PublishedCell>>;
}

export interface PublishedStudy {
  name: string;
  tables: PublishedTable[];
}

/** The studies that have a file. */
export type PublishedName = 'av-mnist' | 'brats2018' | 'brats-local-splits' | 'mckd';

const cellSchema = z
  .strictObject({
    value: z.number().nullable(),
    source: z.string().min(1, 'give the source of the number'),
    mark: z.enum(['V2', 'V1', 'S', 'not verified']),
  })
  .refine((cell) => (cell.value === null) === (cell.mark === 'not verified'), {
    message: 'a number needs the mark V2, V1 or S, and "not verified" needs the value null',
  });

const headingsSchema = z
  .array(z.strictObject({ key: z.string().min(1), title: z.string().min(1) }))
  .min(1);

const studySchema = z.strictObject({
  name: z.string().min(1),
  tables: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        title: z.string().min(1),
        unit: z.string(),
        protocol: z.enum(Object.keys(PROTOCOLS) as [Protocol, ...Protocol[]]),
        note: z.string(),
        methods: headingsSchema,
        conditions: headingsSchema,
        cells: z.record(z.string(), z.record(z.string(), cellSchema)),
      }),
    )
    .min(1),
});

function fault(file: string, field: string, value: unknown, message: string): UserError {
  return new UserError(`${file}: ${field} is ${showValue(value)}: ${message}`, {
    code: 'BAD_FILE',
    file,
    field,
    value,
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

/** Units such as `Dice (%)`; a gain in points may be anything. */
function inPercent({ unit }: PublishedTable): boolean {
  return unit.endsWith('(%)');
}

/** An own entry; inherited ones such as `constructor` are none. */
function ownEntry<T>(holder: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/** Every method has a cell for every condition, and there are no others. */
function checkCells(file: string, table: PublishedTable, index: number): void {
  const field = `tables.${index}.cells`;
  const methods = table.methods.map((method) => method.key);
  const conditions = table.conditions.map((condition) => condition.key);
  for (const [list, keys] of [
    ['methods', methods],
    ['conditions', conditions],
  ] as const) {
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    if (twice !== undefined)
      throw fault(file, `tables.${index}.${list}`, twice, 'it is listed twice');
  }
  for (const method of [...new Set([...methods, ...Object.keys(table.cells)])]) {
    if (!methods.includes(method))
      throw fault(file, `${field}.${method}`, method, 'no such method is listed');
    const row = ownEntry(table.cells, method);
    if (!row) throw fault(file, `${field}.${method}`, null, 'the method has no cells');
    for (const condition of [...new Set([...conditions, ...Object.keys(row)])]) {
      const at = `${field}.${method}.${condition}`;
      if (!conditions.includes(condition))
        throw fault(file, at, condition, 'no such condition is listed');
      const cell = ownEntry(row, condition);
      if (!cell) throw fault(file, at, null, 'the cell is missing');
      if (inPercent(table) && cell.value !== null && (cell.value < 0 || cell.value > 100))
        throw fault(file, `${at}.value`, cell.value, 'a percentage is from 0 to 100');
    }
  }
}

/**
 * Check the text of a file of published results.
 * @throws UserError naming the file, the field and the value of the first entry that is wrong.
 */
export function parsePublished(text: string, file: string): PublishedStudy {
  return checkedStudy(parseJson(text, file, { fix: FIX }), file);
}

const FIX = 'fix it, or get the file again';

/**
 * The printed results in a file.
 * @throws UserError as `parsePublished`, and when the file can't be read
 */
export function readPublished(file: string): PublishedStudy {
  return checkedStudy(readJson(file, { fix: FIX }), file);
}

function checkedStudy(json: unknown, file: string): PublishedStudy {
  const result = studySchema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    const extra = issue.code === 'unrecognized_keys' ? [issue.keys[0]] : [];
    const path = [...issue.path, ...extra];
    throw fault(file, path.map(String).join('.'), valueAt(json, path), issue.message);
  }
  result.data.tables.forEach((table, index) => checkCells(file, table, index));
  return result.data;
}

/** The published results of a study, read again each time, so that a value just added is used. */
export function loadPublished(study: PublishedName): PublishedStudy {
  // The data stay with the sources; the compiled file is one folder deeper.
  const file = shippedFile('published', `${study}.json`);
  return readPublished(file);
}

/**
 * One table of a study, which is read from its file or given, such as a copy with an extra value.
 * @throws UserError if the study has no table of that name.
 */
export function publishedTable(
  study: PublishedName | PublishedStudy,
  name: string,
): PublishedTable {
  const { name: studyName, tables } = typeof study === 'string' ? loadPublished(study) : study;
  const table = tables.find((one) => one.name === name);
  if (table) return table;
  throw new UserError(
    `published study ${studyName} has no table "${name}"; it has ${tables.map((one) => one.name).join(', ')}`,
    { code: 'MISSING', field: 'name', value: name },
  );
}

/**
 * One printed cell; a method or a condition that isn't in the table gives a "not verified" cell.
 */
export function publishedCell(
  table: PublishedTable,
  method: string,
  condition: string,
): PublishedCell {
  const row = ownEntry(table.cells, method);
  const cell = row && ownEntry(row, condition);
  return cell ?? { value: null, source: '', mark: 'not verified' };
}
