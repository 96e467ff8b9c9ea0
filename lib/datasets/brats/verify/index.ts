/** Checks a data set and lists every fault of it, instead of stopping at the first. */
import { dirname } from 'node:path';
import { collectCases, loneLabelNotes, type FindCasesOptions } from '../cases';
import { anyFile, type CaseFiles } from '../case-files';
import { describeLabelCodes } from '../label-codes';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../../base/modality';
import { columnLengths } from '../../../formats/nifti';
import { verifyCase, type VerifiedCase } from './case';
import { faultOf, mostCommon, type DataFault, type FaultKind } from './faults';
import { folderSplitFaults, splitFaults } from './splits';
import { voxelSizesOf } from './voxel-sizes';

export type { DataFault, FaultKind } from './faults';
export { verifyUpload, type UploadCheck, type UploadOptions } from './upload';

export interface VerifyOptions extends FindCasesOptions {
  /** Expected number of cases. */
  cases?: number;
  /** Lists of cases, one file per split. Default: those in `splits` in the folder, if any. */
  splits?: readonly string[];
  /** Called after each case, with the number done and the total. */
  onCase?: (done: number, all: number) => void;
}

export interface Verification {
  folder: string;
  cases: number;
  /** Cases with a label map. */
  labelled: number;
  /** Number of scans. */
  scans: number;
  /** mm along left, posterior, superior: the median over the cases. Absent if no image could be read. */
  voxelSize?: number[];
  /** The label codes, in words; several if cases are of several editions. */
  codes: string[];
  faults: DataFault[];
  /** Notes on the files, one sentence each. */
  notes: string[];
}

/**
 * Reads every image of every case, about half a second each on the BraTS grid, and lists what is wrong:
 * within a case, between cases, and in lists of splits.
 *
 * @throws UserError only when there is no case, or a list can't be read
 */
export async function verifyDataSet(
  folder: string,
  { cases: expected, splits, onCase, ...finding }: VerifyOptions = {},
): Promise<Verification> {
  const collected = collectCases(folder, finding);
  const { cases } = collected;
  const faults = collected.faults.map((error) => {
    const { field } = error.details;
    if (field === 'case') return faultOf('duplicate case', error, String(error.details.value));
    if (field === '--labels') return faultOf('codes', error, String(error.details.value));
    return faultOf(field?.startsWith('num') ? 'count' : 'duplicate file', error);
  });
  if (expected !== undefined && cases.length !== expected) {
    const message = `${folder}: there are ${cases.length} cases and should be ${expected}`;
    faults.push({ kind: 'count', file: folder, value: cases.length, message });
  }
  faults.push(...missingLabels(cases));

  const never = MODALITIES.filter((modality) => cases.every(({ scans }) => !scans[modality]));
  const verified: VerifiedCase[] = [];
  for (const files of cases) {
    verified.push(await verifyCase(files, never));
    onCase?.(verified.length, cases.length);
  }
  faults.push(...verified.flatMap((one) => one.faults), ...differencesBetween(verified));
  faults.push(...duplicateImages(verified));
  const names = cases.map(({ name }) => name);
  faults.push(...(splits ? splitFaults(splits, names) : folderSplitFaults(folder, names)));
  const { voxelSize, notes } = voxelSizesOf(verified);
  return {
    folder,
    cases: cases.length,
    labelled: cases.filter(({ labels }) => labels).length,
    scans: cases.reduce((sum, { scans }) => sum + Object.keys(scans).length, 0),
    ...(voxelSize ? { voxelSize } : {}),
    faults,
    codes: [...new Set(cases.map(({ codes }) => describeLabelCodes(codes)))],
    notes: [
      ...collected.notes,
      ...neverNote(never),
      ...notes,
      ...loneLabelNotes(collected),
      ...verified.flatMap(({ notes }) => notes),
    ],
  };
}

function neverNote(never: readonly Modality[]): string[] {
  if (never.length === 0) return [];
  const names = never.map((modality) => MODALITY_NAMES[modality]).join(', ');
  return [`no case has ${names}: such cases can be segmented, not trained on`];
}

/** Cases without labels if most others beside them have some; a set without any is a test set. */
function missingLabels(cases: readonly CaseFiles[]): DataFault[] {
  // A dataset.json states which cases are for testing.
  const named = cases.filter(({ layout }) => layout !== 'decathlon' && layout !== 'nnunet');
  const place = (files: CaseFiles): string => dirname(dirname(anyFile(files)));
  const labelled = new Set(named.filter(({ labels }) => labels).map(place));
  return named
    .filter((files) => !files.labels && labelled.has(place(files)))
    .map((files) => ({
      kind: 'missing',
      case: files.name,
      value: 'labels',
      message: `case ${files.name} has no label map, unlike others beside it`,
    }));
}

/** Cases whose shape, axes or voxel size isn't that of most. */
function differencesBetween(verified: readonly VerifiedCase[]): DataFault[] {
  const whole = verified.flatMap(({ files, grid }) => (grid ? [{ files, grid }] : []));
  const facts: [FaultKind, string, (one: (typeof whole)[number]) => string][] = [
    ['shape', 'shape', ({ grid }) => grid.shape.join(' x ')],
    ['orientation', 'axes', ({ grid }) => grid.axes],
    [
      'affine',
      'voxel size in mm',
      ({ grid }) =>
        columnLengths(grid.affine)
          .map((mm) => Number(mm.toFixed(3)))
          .join(' x '),
    ],
  ];
  return facts.flatMap(([kind, word, show]) => {
    const common = mostCommon(whole, show);
    if (!common) return [];
    const should = show(common);
    return whole
      .filter((one) => show(one) !== should)
      .map((one) => ({
        kind,
        case: one.files.name,
        file: anyFile(one.files),
        value: show(one),
        message: `case ${one.files.name}: ${word} ${kind === 'orientation' ? 'are' : 'is'} ${show(one)}, and ${should} in most cases`,
      }));
  });
}

function duplicateImages(verified: readonly VerifiedCase[]): DataFault[] {
  const first = new Map<string, string>();
  return verified.flatMap(({ files, scans }) =>
    scans.flatMap(({ place, label, hash }): DataFault[] => {
      const other = first.get(hash);
      if (other === undefined) {
        first.set(hash, label);
        return [];
      }
      const message = `${label}: has the same voxels as ${other}`;
      return [
        { kind: 'duplicate image', case: files.name, file: place.file, value: other, message },
      ];
    }),
  );
}
