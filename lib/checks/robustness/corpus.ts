/** Inputs that once broke a reader, stored as small files: `corpus/` with a list of their effects. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../base/json';
import { shippedFile } from '../../base/shipped-file';

const kept = z.strictObject({
  target: z.string(),
  /** In `corpus/<target>/`. */
  file: z.string(),
  /** The reader's fault before it was fixed. */
  was: z.string(),
  /** The expected result. */
  now: z.enum(['error', 'exact']),
});

export interface KeptInput extends z.infer<typeof kept> {
  path: string;
}

/** The corpus is beside the sources; the compiled file is one folder deeper. */
const FOLDER = shippedFile('checks', 'robustness', 'corpus');

export function corpus(): KeptInput[] {
  const list = z.array(kept).parse(readJson(join(FOLDER, 'corpus.json')));
  return list.map((one) => ({ ...one, path: join(FOLDER, one.target, one.file) }));
}
