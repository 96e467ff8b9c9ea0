/** Checks that a data set can be trained on and scored, before a training and not after it. */
import { missingScans } from '../datasets/brats';
import { UserError } from '../base/errors';
import { MODALITY_NAMES } from '../base/modality';
import type { BratsDataSet } from './data-set';

const PARTS = {
  train: 'for training',
  metaValidation: 'for meta-validation',
  test: 'for testing',
} as const;

const WAYS_OUT =
  'Fixes: name labelled cases in splits/test.txt, beside splits/train.txt and splits/meta-validation.txt; ' +
  'give the public lists with --splits; or remove the lists for a split by rule, which tests on labelled cases. ' +
  'Cases without labels, such as those of the challenge, can be segmented (mckd train, mckd segment) and checked ' +
  'for the upload (mckd check-upload), not scored here';

/**
 * Refuses a data set whose test cases could not be scored, or with a case that lacks a scan for training.
 * Called first by everything that trains in order to score.
 *
 * @throws UserError naming what is missing, and the fixes
 */
export function requireScorable({ cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>): void {
  const byName = new Map(cases.map((files) => [files.name, files]));
  for (const part of ['train', 'metaValidation', 'test'] as const) {
    const names = splits[part];
    if (names.length === 0) {
      throw new UserError(
        `nothing can be scored: there is no case ${PARTS[part]} (${splits.description}). ${WAYS_OUT}`,
        { code: 'MISSING', field: part, value: 0 },
      );
    }
    const unlabelled = names.filter((name) => !byName.get(name)?.labels);
    if (unlabelled.length > 0) {
      throw new UserError(
        `of the ${names.length} cases ${PARTS[part]}, ${unlabelled.length} have no label map (${someOf(unlabelled)}; ${splits.description}). ${WAYS_OUT}`,
        { code: 'MISSING', field: part, value: unlabelled },
      );
    }
    for (const name of names) {
      const missing = missingScans(byName.get(name) ?? { scans: {} });
      if (missing.length === 0) continue;
      const scans = missing.map((modality) => MODALITY_NAMES[modality]).join(', ');
      throw new UserError(
        `case ${name}, which is a case ${PARTS[part]}, has no ${scans}; add the files, or leave the case out of the lists`,
        { code: 'MISSING', field: part, value: name },
      );
    }
  }
}

function someOf(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
}
