/** The hash of a data set: each file is read once per machine, then identified by path, size and time. */
import { join } from 'node:path';
import { caseContent, contentHashes, defaultPreparedFolder } from '../loading/prepared';
import { sha256 } from '../base/sha256';
import { casesOfSplits, type BratsDataSet } from './data-set';

export interface HashDataSetOptions {
  /** The folder of the hash cache; default: that of prepared cases. */
  folder?: string;
  /** Called after each case. */
  onCase?: (done: number, total: number) => void;
}

/** The cache is saved this often, so that a stop loses little. */
const SAVE_EVERY_MS = 10_000;

/**
 * SHA-256 over the splits and, of each case in them, its name, label codes and images' contents. Paths and
 * names of files are not in it. Some 3 GB are read for BraTS 2018, once: the index of
 * hashes identifies each file by path, size and modification time.
 *
 * @throws UserError for an image that can't be read, or if the index can't be written
 */
export async function hashDataSet(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  { folder = defaultPreparedFolder(), onCase }: HashDataSetOptions = {},
): Promise<string> {
  const hashes = contentHashes(join(folder, 'content-hashes.json'));
  const { train, metaValidation, test } = splits;
  const own = casesOfSplits({ cases, splits });
  const contents: unknown[] = [];
  let saved = performance.now();
  try {
    for (const [i, files] of own.entries()) {
      contents.push([files.name, files.codes, await caseContent(files, hashes)]);
      onCase?.(i + 1, own.length);
      if (performance.now() - saved < SAVE_EVERY_MS) continue;
      hashes.save();
      saved = performance.now();
    }
  } finally {
    hashes.save();
  }
  return sha256(JSON.stringify([[train, metaValidation, test], contents]));
}
