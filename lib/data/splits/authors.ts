/** The authors' split of BraTS 2018: five named cases for the importance weights, the others to train on. */
import { ReaderError } from '../../errors';
import type { Splits } from './splits';

/**
 * The five meta-validation cases of the authors' list (BraTS18_metaVal.csv), without the year's prefix:
 * two HGG, then three LGG. BraTS 2019 has the same cases as BraTS19_...; BraTS 2020 has new names.
 */
const META_VALIDATION = [
  'CBICA_AQQ_1',
  '2013_10_1',
  '2013_15_1',
  'TCIA09_141_1',
  'TCIA13_645_1',
] as const;

const YEAR = /^brats\d\d_/i;

/** The names that the five cases have among these; undefined for one that isn't there. */
function metaValidationOf(names: readonly string[]): (string | undefined)[] {
  const byId = new Map(
    names.filter((name) => YEAR.test(name)).map((n) => [n.replace(YEAR, ''), n]),
  );
  return META_VALIDATION.map((id) => byId.get(id));
}

/** Whether all five are among these names. */
export function hasAuthorsSplit(names: readonly string[]): boolean {
  return metaValidationOf(names).every((name) => name !== undefined);
}

/**
 * The authors' split: the five cases are meta-validation and all others train (280 of BraTS 2018's 285).
 *
 * @param names of the cases with labels
 * @param test names of the cases to test on: a folder of their own, or some of `names`, which are then
 *   not trained on. The authors test on the challenge's 66 validation cases, which have no public labels.
 * @throws ReaderError naming those of the five that aren't there or are to be tested on
 */
export function authorsSplit(names: readonly string[], test: readonly string[] = []): Splits {
  const found = metaValidationOf(names);
  const missing = META_VALIDATION.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    throw new ReaderError(
      `the authors' split needs five cases of BraTS 2018, and ${missing.map((id) => `Brats18_${id}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not in the data set; give lists of your own or let a seed choose (BraTS 2020 and later have other names)`,
      { field: 'metaValidation', value: missing },
    );
  }
  const metaValidation = found as string[];
  const both = metaValidation.filter((name) => test.includes(name));
  if (both.length > 0) {
    throw new ReaderError(
      `${both.join(', ')} can't be tested on: the importance weights are learned on it; take it out of the test cases`,
      { field: 'test', value: both },
    );
  }
  const others = new Set([...metaValidation, ...test]);
  return { train: names.filter((name) => !others.has(name)), metaValidation, test: [...test] };
}
