/** The files of one case. */
import { UserError } from '../../base/errors';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../base/modality';
import type { LabelCodes } from './label-codes';

/** An image, or one channel of a 4-D image. */
export interface ImagePlace {
  file: string;
  channel?: number;
}

/** The files of one case. */
export interface CaseFiles {
  name: string;
  /** The layout's name, "decathlon" or "nnunet". */
  layout: string;
  /** By the folder the case is in, if there are such folders. */
  grade?: 'HGG' | 'LGG';
  /** Those that exist. */
  scans: Partial<Record<Modality, ImagePlace>>;
  labels?: ImagePlace;
  /** The codes of the label map. */
  codes: LabelCodes;
}

/** A case while it is assembled. */
export type FoundCase = CaseFiles & {
  /** Why its codes are unknown. */
  unknownCodes?: string;
};

export interface FoundCases {
  cases: FoundCase[];
  faults: UserError[];
  notes: string[];
  loneLabels: string[];
}

/** One file of a case, for messages. */
export function anyFile({ name, scans, labels }: CaseFiles): string {
  return MODALITIES.map((m) => scans[m]?.file).find(Boolean) ?? labels?.file ?? name;
}

/** The modalities that a case has no scan of. */
export function missingScans({ scans }: Pick<CaseFiles, 'scans'>): Modality[] {
  return MODALITIES.filter((modality) => !scans[modality]);
}

/** @throws UserError naming the case and the scans it lacks, if it lacks any */
export function requireAllScans(files: CaseFiles): void {
  const missing = missingScans(files);
  if (missing.length === 0) return;
  const names = missing.map((modality) => MODALITY_NAMES[modality]).join(', ');
  throw new UserError(
    `case ${files.name} has no ${names} (beside ${anyFile(files)}); add the file, or leave the case out of training (lists in splits/); mckd segment accepts it as it is`,
    { code: 'MISSING', file: anyFile(files), field: 'scans', value: missing },
  );
}
