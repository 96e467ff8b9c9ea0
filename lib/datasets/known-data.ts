/** Values computed from a data set, cached in a small file on this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { z, type ZodType } from 'zod';
import { writeFileAtomic } from '../base/atomic-write';

/** Most data sets in the file. */
const MOST = 200;

export interface KnownDataFile<T> {
  file: string;
  schema: ZodType<T>;
}

/**
 * The value cached for a data set, or else that of `compute`, which is cached unless it is undefined. A broken or older
 * file is no error: the value is computed again.
 *
 * @param sha256 `hashDataSet` of the data
 */
export async function oncePerDataSet<T>(
  { file, schema }: KnownDataFile<T>,
  sha256: string,
  compute: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const known = readKnown({ file, schema });
  if (sha256 in known) return known[sha256];
  const value = await compute();
  if (value === undefined) return undefined;
  // Another process may have written meanwhile.
  const kept = Object.entries({ ...readKnown({ file, schema }), [sha256]: value }).slice(-MOST);
  writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`);
  return value;
}

function readKnown<T>({ file, schema }: KnownDataFile<T>): Record<string, T> {
  if (!existsSync(file)) return {};
  try {
    return z.record(z.string(), schema).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}
