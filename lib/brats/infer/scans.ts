/** The scans of a case that a segmentation uses. */
import type { CaseFiles } from '../../datasets/brats';
import { anyFile } from '../../datasets/brats/case-files';
import { UserError } from '../../base/errors';
import { MODALITIES, MODALITY_NAMES, MODALITY_SUBSETS, type Modality } from '../../base/modality';

/**
 * The scans to use, in the order of `MODALITIES`: those requested, or all that the case has.
 *
 * @param asked names such as "flair" and "T1ce", in any order
 * @throws UserError for a name that is no modality, a missing scan, or none at all
 */
export function scansToUse(files: CaseFiles, asked?: readonly string[]): Modality[] {
  const there = MODALITIES.filter((modality) => files.scans[modality]);
  if (there.length === 0) {
    throw new UserError(
      `case ${files.name} has no scan (beside ${anyFile(files)}); it needs one of ${MODALITIES.join(', ')}`,
      { code: 'MISSING', file: anyFile(files), field: 'scans', value: 0 },
    );
  }
  if (!asked) return there;
  const names = asked.map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !MODALITIES.includes(name as Modality));
  if (unknown !== undefined || names.length === 0) {
    throw new UserError(
      `available is "${asked.join(',')}", and ${JSON.stringify(unknown ?? '')} is no modality; choose from ${MODALITIES.join(',')}`,
      { code: 'BAD_VALUE', field: 'available', value: unknown ?? '' },
    );
  }
  const absent = names.find((name) => !files.scans[name as Modality]);
  if (absent !== undefined) {
    throw new UserError(
      `case ${files.name} has no ${MODALITY_NAMES[absent as Modality]} (beside ${anyFile(files)}); choose from ${there.join(', ')}`,
      { code: 'MISSING', file: anyFile(files), field: 'available', value: absent },
    );
  }
  return MODALITIES.filter((modality) => names.includes(modality));
}

/** Every non-empty subset of some scans, in printed order. */
export function subsetsOf(scans: readonly Modality[]): (readonly Modality[])[] {
  return MODALITY_SUBSETS.filter((subset) => subset.every((modality) => scans.includes(modality)));
}

/** "FLAIR, T1ce". */
export function scanNames(scans: readonly Modality[]): string {
  return scans.map((modality) => MODALITY_NAMES[modality]).join(', ');
}
