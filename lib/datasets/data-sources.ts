/** Where the data sets come from (data-scripts/data.json): address, licence, checksums, registration. */
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors';
import { readRecord } from '../base/json-record';
import { KIT_ROOT } from '../base/shipped-file';

const SOURCES = path.join(KIT_ROOT, 'data-scripts', 'data.json');

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().min(1);

/** One data set and its source; what isn't known is null, with the reason in `why`. */
export interface DataSource {
  id: string;
  name: string;
  /** What the kit uses it for. */
  use: string;
  /** Names of `LAYOUTS` that its cases have; `dataset.json` for those that describe themselves. */
  layouts: string[];
  /** Address of the page that describes it. */
  page: string | null;
  licence: string | null;
  /** Whether it needs a registration, and where. */
  registration: string;
  /** The command that fetches it. */
  command: string | null;
  download: {
    /** `hand`: by the user, in a browser. `rule`: nothing to fetch. */
    by: 'https' | 'npm' | 'pip' | 'hand' | 'rule';
    /** A URL, or a package and its version. */
    address: string | null;
    file: string | null;
    sha256: string | null;
    bytes: number | null;
  };
  /** File of the kit with the sha256 of each file in the download. */
  checksums?: string;
  /** Files in the download that the kit reads, by what they are. */
  files: Record<string, { name: string; sha256: string | null; bytes: number | null }>;
  /** For each null, or for what holds it: why it isn't known. */
  why: Record<string, string>;
}

const fileSchema = z.strictObject({
  name: text,
  sha256: sha256.nullable(),
  bytes: z.int().positive().nullable(),
});

const sourceSchema: z.ZodType<DataSource> = z
  .strictObject({
    id: text,
    name: text,
    use: text,
    layouts: z.array(text),
    page: z.url().nullable(),
    licence: text.nullable(),
    registration: text,
    command: text.nullable(),
    download: z.strictObject({
      by: z.enum(['https', 'npm', 'pip', 'hand', 'rule']),
      address: text.nullable(),
      file: text.nullable(),
      sha256: sha256.nullable(),
      bytes: z.int().positive().nullable(),
    }),
    checksums: text.optional(),
    files: z.record(z.string(), fileSchema),
    why: z.record(z.string(), text),
  })
  .superRefine((source, context) => {
    const nulls = nullsIn(source);
    const covers = (field: string, at: string): boolean =>
      at === field || at.startsWith(`${field}.`);
    for (const at of nulls) {
      if (!Object.keys(source.why).some((field) => covers(field, at)))
        context.addIssue({ code: 'custom', path: ['why'], message: `no reason for ${at}` });
    }
    for (const field of Object.keys(source.why)) {
      if (!nulls.some((at) => covers(field, at)))
        context.addIssue({
          code: 'custom',
          path: ['why', field],
          message: 'nothing is null there',
        });
    }
  });

/** Paths such as `download.sha256` of all nulls. */
function nullsIn(value: unknown, at: readonly string[] = []): string[] {
  if (value === null) return [at.join('.')];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => nullsIn(item, [...at, key]));
}

let sources: readonly DataSource[] | undefined;

/**
 * All data sets that the kit can use.
 * @throws UserError naming the field, if a null has no reason or the file is broken
 */
export function dataSources(): readonly DataSource[] {
  sources ??= readRecord(z.object({ dataSets: z.array(sourceSchema) }), SOURCES).dataSets;
  return sources;
}

/** @throws UserError if there is none of this name */
export function dataSource(id: string): DataSource {
  const found = dataSources().find((source) => source.id === id);
  if (found) return found;
  throw new UserError(`${SOURCES} has no data set ${JSON.stringify(id)}; get the file again`, {
    code: 'MISSING',
    file: SOURCES,
    field: 'id',
    value: id,
  });
}

/**
 * A fact that the kit can't do without, such as the address of a download.
 * @throws UserError naming the data set and the field, if it is null
 */
export function requireKnown<T>(source: DataSource, field: string, value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new UserError(`${SOURCES}: ${field} of ${source.id} is missing; get the file again`, {
    code: 'BAD_FILE',
    file: SOURCES,
    field: `${source.id}.${field}`,
    value,
  });
}
