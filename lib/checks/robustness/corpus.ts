/** Inputs that once broke a reader, kept as small files: `corpus/` with a list of what each did. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../../base/json';
import { shippedFile } from '../../base/shipped-file';

const kept = z.strictObject({
  target: z.string(),
  /** In `corpus/<target>/`. */
  file: z.string(),
  /** What the reader did with it before it was fixed. */
  was: z.string(),
  /** What it has to do. */
  now: z.enum(['error', 'exact']),
});

export interface KeptInput extends z.infer<typeof kept> {
  path: string;
}

/** The corpus stays with the sources; the compiled file is one folder deeper. */
const FOLDER = shippedFile('checks', 'robustness', 'corpus');

export function corpus(): KeptInput[] {
  const list = z.array(kept).parse(readJson(join(FOLDER, 'corpus.json')));
  return list.map((one) => ({ ...one, path: join(FOLDER, one.target, one.file) }));
}
