/** The splits of a data set's folder, by the best rule that it allows. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ReaderError } from '../../errors';
import { randomStream } from '../../random';
import type { CaseFiles } from '../brats';
import { authorsSplit, hasAuthorsSplit } from './authors';
import { readSplits } from './list';
import { seededSplit, type SeededSplitOptions } from './seeded';
import type { Splits } from './splits';

export interface FolderSplitsOptions extends SeededSplitOptions {
  /** Of the split that a seed chooses, where it comes to that. */
  seed?: number;
}

export interface FolderSplits extends Splits {
  /** Which rule made them. */
  source: 'lists' | 'authors' | 'seeded';
  /** The same in words, for a log or a notebook. */
  description: string;
}

/**
 * The splits of a folder: those in its splits/train.txt, meta-validation.txt and test.txt where there is
 * such a folder; else the authors' where their five cases are there, tested on the cases without labels;
 * else a seed's, of the cases with labels.
 *
 * @param cases all that the folder has
 * @throws ReaderError as `readSplits` and `seededSplit` do, and for splits/ without train.txt or
 *   meta-validation.txt
 */
export function splitsOfFolder(
  folder: string,
  cases: readonly Pick<CaseFiles, 'name' | 'grade' | 'labels'>[],
  { seed = 0, ...amounts }: FolderSplitsOptions = {},
): FolderSplits {
  const lists = join(folder, 'splits');
  if (existsSync(lists)) {
    const names = cases.map(({ name }) => name);
    const splits = readSplits(listFiles(lists), names);
    return {
      ...splits,
      source: 'lists',
      description: `${counts(splits)} by the lists in ${lists}`,
    };
  }
  const labelled = cases.filter(({ labels }) => labels);
  const names = labelled.map(({ name }) => name);
  if (hasAuthorsSplit(names)) {
    const unlabelled = cases.filter(({ labels }) => !labels).map(({ name }) => name);
    const splits = authorsSplit(names, unlabelled);
    const tested = unlabelled.length > 0 ? '; the test cases have no labels' : '';
    const description = `${counts(splits)} by the authors' rule for BraTS 2018${tested}`;
    return { ...splits, source: 'authors', description };
  }
  const splits = seededSplit(labelled, amounts, randomStream(seed, 'splits'));
  return {
    ...splits,
    source: 'seeded',
    description: `${counts(splits)} drawn by the seed ${seed}`,
  };
}

function listFiles(folder: string): { train: string; metaValidation: string; test?: string } {
  const [train, metaValidation, test] = ['train', 'meta-validation', 'test'].map((name) =>
    join(folder, `${name}.txt`),
  );
  for (const file of [train, metaValidation]) {
    if (existsSync(file)) continue;
    throw new ReaderError(`${file} is missing; add it, or remove ${folder} for a split by rule`, {
      file,
      field: 'splits',
    });
  }
  return { train, metaValidation, ...(existsSync(test) ? { test } : {}) };
}

function counts({ train, metaValidation, test }: Splits): string {
  return `${train.length} cases to train on, ${metaValidation.length} for meta-validation, ${test.length} to test on,`;
}
