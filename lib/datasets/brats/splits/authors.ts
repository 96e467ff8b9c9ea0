/** The authors' rule for BraTS 2018: five named cases for the importance weights, and a local test set. */
import { UserError } from '../../../base/errors';
import type { RandomStream } from '../../../base/random';
import { countOf, seededSplit, type SeededSplitOptions } from './seeded';
import type { SplitCase, Splits } from './splits';

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

/** The names that the five cases have among these; undefined for a missing one. */
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
 * The authors' five cases as meta-validation, and a local test set that a seed draws from the others, which
 * train. The authors themselves train on all 280 others of BraTS 2018 and test on the challenge's 66 validation
 * cases, which have no public labels: only the challenge's server scores those.
 *
 * @param cases with labels
 * @param test how many cases to test on, or which share of all (57 of 285), as in the public three folds
 * @throws UserError naming those of the five that are missing, and if there are fewer than two others
 */
export function authorsSplit(
  cases: readonly SplitCase[],
  { test = 0.2 }: Pick<SeededSplitOptions, 'test'>,
  stream: RandomStream,
): Splits {
  const found = metaValidationOf(cases.map(({ name }) => name));
  const missing = META_VALIDATION.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `the authors' split needs five cases of BraTS 2018, and ${missing.map((id) => `Brats18_${id}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not in the data set; give your own lists or let a seed choose (BraTS 2020 and later have other names)`,
      { code: 'MISSING', field: 'metaValidation', value: missing },
    );
  }
  const metaValidation = found as string[];
  const others = cases.filter(({ name }) => !metaValidation.includes(name));
  if (others.length < 2) {
    throw new UserError(
      `beside the authors' five meta-validation cases there ${others.length === 1 ? 'is' : 'are'} ${others.length} with labels, and two are needed, one for training and one for testing; add cases`,
      { code: 'MISSING', field: 'cases', value: others.length },
    );
  }
  const drawn = seededSplit(
    others,
    { metaValidation: 0, test: Math.min(others.length - 1, countOf('test', test, cases.length)) },
    stream,
  );
  return { ...drawn, metaValidation };
}
