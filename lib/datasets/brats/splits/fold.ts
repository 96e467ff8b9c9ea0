/** The list files of a folder: one split, or numbered folds as the public repositories have them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../base/errors';
import { compareText } from '../../../base/compare-text';
import type { SplitFiles } from './list';

export interface ListsOptions {
  /** Which of numbered lists (train2.txt, val2.txt, test2.txt). Default: the first. */
  fold?: number;
}

export interface FoundLists {
  files: SplitFiles;
  /** `1 of 3`; absent if the lists have no number. */
  of?: string;
}

/** File names of each part. The public folds call the meta-validation cases `val`. */
const NAMES = { train: ['train'], metaValidation: ['meta-validation', 'val'], test: ['test'] };
const LIST = /^(train|meta-validation|val|test)(\d*)\.(txt|csv)$/;

/**
 * The lists in a folder: train.txt, meta-validation.txt (or val.txt) and, optionally, test.txt; or
 * the same with a number per fold, such as train1.txt, val1.txt and test1.txt. `.csv` works as well.
 *
 * @throws UserError for a folder that can't be read, a list that is missing or appears twice, or a fold that
 *   does not exist
 */
export function listsIn(folder: string, { fold }: ListsOptions): FoundLists {
  const found = allLists(folder);
  const fault = (problem: string, field: string, value?: unknown): UserError =>
    new UserError(`${folder} ${problem}`, { code: 'BAD_VALUE', file: folder, field, value });
  const plain = found.some(({ number }) => number === undefined);
  const folds = [...new Set(found.flatMap(({ number }) => number ?? []))].sort((a, b) => a - b);
  if (plain && folds.length > 0) {
    throw fault('has lists with and without a number; keep one kind', 'splits');
  }
  if (fold !== undefined && !folds.includes(fold)) {
    const has = folds.length > 0 ? `the folds ${folds.join(', ')}` : 'no numbered lists';
    throw fault(`has ${has} and no fold ${fold}; choose another`, 'fold', fold);
  }
  const number = fold ?? folds.at(0);
  const fileOf = (part: keyof typeof NAMES): string | undefined => {
    const own = found.filter((one) => one.number === number && NAMES[part].includes(one.stem));
    if (own.length < 2) return own[0]?.file;
    throw fault(`has ${own.map(({ file }) => file).join(' and ')}; keep one of them`, 'splits');
  };
  const needed = (part: 'train' | 'metaValidation'): string => {
    const file = fileOf(part);
    if (file !== undefined) return file;
    const names = NAMES[part].map((stem) => `${stem}${number ?? ''}.txt`).join(' or ');
    throw fault(`has no ${names}; add it, or remove the folder for a split by rule`, 'splits');
  };
  const test = fileOf('test');
  const files = {
    train: needed('train'),
    metaValidation: needed('metaValidation'),
    ...(test === undefined ? {} : { test }),
  };
  return { files, ...(number === undefined ? {} : { of: `${number} of ${folds.length}` }) };
}

/** The folds that a folder has lists of; undefined for lists without a number. */
export function foldsIn(folder: string): (number | undefined)[] {
  return [...new Set(allLists(folder).map(({ number }) => number))];
}

function allLists(folder: string): { stem: string; number?: number; file: string }[] {
  return namesIn(folder).flatMap((name) => {
    const [, stem, digits] = LIST.exec(name) ?? [];
    const number = digits ? Number(digits) : undefined;
    return stem === undefined ? [] : [{ stem, number, file: join(folder, name) }];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort(compareText);
  } catch (cause) {
    throw new UserError(
      `${folder} can't be read (${(cause as Error).message}); check the path`,
      { code: 'CANNOT_READ', file: folder },
      { cause },
    );
  }
}
