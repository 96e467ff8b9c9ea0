/** The splits of a data set's folder, by the first rule that applies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '../../../base/random';
import type { CaseFiles } from '../index';
import { authorsSplit, hasAuthorsSplit } from './authors';
import { listsIn, type ListsOptions } from './fold';
import { readSplits } from './list';
import { seededSplit, type SeededSplitOptions } from './seeded';
import type { Splits } from './splits';

export interface FolderSplitsOptions extends SeededSplitOptions, ListsOptions {
  /** Seed of a random split. Default: 0. */
  seed?: number;
  /** A folder of lists; default: `splits` in the data set's folder, if it exists. */
  lists?: string;
}

export interface FolderSplits extends Splits {
  /** Which rule made them; `folds`: lists that are one of several numbered folds. */
  source: 'lists' | 'folds' | 'authors' | 'seeded';
  /** The rule in words, for a caption. */
  rule: string;
  /** Counts, rule and place, for a log. */
  description: string;
}

/**
 * The splits of a folder: by lists, if there are any; else the authors' five meta-validation cases and a
 * local test set, if the five are there; else by a seed. Lists may name cases without labels
 * (see `requireScorable`); the rules use cases with labels only.
 *
 * @param cases all of the folder
 * @throws UserError as `listsIn`, `readSplits`, `authorsSplit` and `seededSplit` do
 */
export function splitsOfFolder(
  folder: string,
  cases: readonly Pick<CaseFiles, 'name' | 'grade' | 'labels'>[],
  { seed = 0, lists, fold, ...amounts }: FolderSplitsOptions = {},
): FolderSplits {
  const place = lists ?? join(folder, 'splits');
  if (lists !== undefined || fold !== undefined || existsSync(place)) {
    const { files, of } = listsIn(place, { fold });
    const splits = readSplits(
      files,
      cases.map(({ name }) => name),
    );
    const rule = of ? `fold ${of} of the lists` : 'by lists';
    const description = `${counts(splits)}, ${rule} in ${place}`;
    return { ...splits, source: of ? 'folds' : 'lists', rule, description };
  }
  const labelled = cases.filter(({ labels }) => labels);
  const stream = randomStream(seed, 'splits');
  if (hasAuthorsSplit(labelled.map(({ name }) => name))) {
    const splits = authorsSplit(labelled, amounts, stream);
    const rule = `a local test, not the challenge's: the authors' five for meta-validation, the test cases drawn from the others by the seed ${seed}`;
    return { ...splits, source: 'authors', rule, description: `${counts(splits)}: ${rule}` };
  }
  const splits = seededSplit(labelled, amounts, stream);
  const rule = `drawn by the seed ${seed}`;
  return { ...splits, source: 'seeded', rule, description: `${counts(splits)}, ${rule}` };
}

function counts({ train, metaValidation, test }: Splits): string {
  return `${train.length} cases for training, ${metaValidation.length} for meta-validation, ${test.length} for testing`;
}
