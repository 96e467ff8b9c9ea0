/** A split drawn by a seed, for data sets without a published one. */
import { UserError } from '../../../base/errors';
import type { RandomStream } from '../../../base/random';
import { compareText } from '../../../base/compare-text';
import type { SplitCase, Splits } from './splits';

export interface SeededSplitOptions {
  /** How many cases, or which share of them between 0 and 1 (29 of the public folds' 285). */
  metaValidation?: number;
  /** The same (57 of the public folds' 285). */
  test?: number;
}

/**
 * Draws test, then meta-validation; the rest is for training. Both have high and low grade in the proportion of
 * what they are drawn from, and at least one of each if possible, provided that every case's grade is known.
 *
 * @param cases with labels, in any order: what is drawn doesn't depend on it
 * @throws UserError for a number that is neither a count nor a share, or nothing left to train on
 */
export function seededSplit(
  cases: readonly SplitCase[],
  { metaValidation = 0.1, test = 0.2 }: SeededSplitOptions,
  stream: RandomStream,
): Splits {
  const counts = {
    test: countOf('test', test, cases.length),
    metaValidation: countOf('metaValidation', metaValidation, cases.length),
  };
  const left = cases.length - counts.test - counts.metaValidation;
  if (left < 1) {
    throw new UserError(
      `there are ${cases.length} cases with labels, and with ${counts.metaValidation} for meta-validation and ${counts.test} for testing none is left for training; choose fewer or add cases`,
      { code: 'MISSING', field: 'cases', value: cases.length },
    );
  }
  const graded = cases.every(({ grade }) => grade !== undefined);
  const grades = graded ? [...new Set(cases.map(({ grade }) => grade))].sort() : [undefined];
  const groups = grades.map((grade) => {
    const own = cases.filter((one) => !graded || one.grade === grade).map(({ name }) => name);
    return stream.split(grade ?? 'all').shuffle(own.sort(compareText));
  });
  const take = (count: number): string[] =>
    proportional(
      groups.map(({ length }) => length),
      count,
    ).flatMap((quota, i) => groups[i].splice(0, quota));
  const drawn = { test: take(counts.test), metaValidation: take(counts.metaValidation) };
  return {
    train: groups.flat().sort(compareText),
    metaValidation: drawn.metaValidation.sort(compareText),
    test: drawn.test.sort(compareText),
  };
}

/**
 * A count as it is, a share as the nearest number of cases, at least 1.
 * @throws UserError for what is neither
 */
export function countOf(field: keyof SeededSplitOptions, amount: number, total: number): number {
  if (Number.isInteger(amount) && amount >= 0) return amount;
  if (amount > 0 && amount < 1) return Math.max(1, Math.round(amount * total));
  throw new UserError(`${field} is ${amount}; give a number of cases, or a share between 0 and 1`, {
    code: 'BAD_VALUE',
    field,
    value: amount,
  });
}

/** Parts of `count` in the proportion of the sizes, by largest remainder, none of 0 if possible. */
function proportional(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (count * size) / total);
  const quotas = exact.map(Math.floor);
  const byRemainder = exact
    .map((part, i) => ({ i, remainder: part - Math.floor(part) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = count - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const { i } of byRemainder) if (left-- > 0) quotas[i] += 1;
  if (count < sizes.filter((size) => size > 0).length) return quotas;
  quotas.forEach((quota, i) => {
    if (quota > 0 || sizes[i] === 0) return;
    quotas[quotas.indexOf(Math.max(...quotas))] -= 1;
    quotas[i] = 1;
  });
  return quotas;
}
