/** Checks a data set and lists every fault of it, instead of stopping at the first. */
import { dirname } from 'node:path';
import { anyFile, collectCases, type CaseFiles, type FindCasesOptions } from '../brats/cases';
import { columnLengths } from '../nifti';
import { verifyCase, type VerifiedCase } from './case';
import { faultOf, mostCommon, type DataFault, type FaultKind } from './faults';
import { splitFaults } from './splits';

export type { DataFault, FaultKind } from './faults';
export { verifyUpload, type UploadCheck, type UploadOptions } from './upload';

export interface VerifyOptions extends FindCasesOptions {
  /** How many cases there should be. */
  cases?: number;
  /** Lists of cases, one file a split. */
  splits?: readonly string[];
  /** Called after each case, with how many are done and how many there are. */
  onCase?: (done: number, all: number) => void;
}

export interface Verification {
  folder: string;
  cases: number;
  /** Cases with a label map. */
  labelled: number;
  /** Scans that are there. */
  scans: number;
  faults: DataFault[];
  /** What to know of the files and need not act on, a sentence each. */
  notes: string[];
}

/**
 * Reads every image of every case, about half a second each on the BraTS grid, and lists what is wrong:
 * within a case, between cases, and in lists of splits.
 *
 * @throws ReaderError only when there is no case at all, or a list can't be read
 */
export async function verifyDataSet(
  folder: string,
  { pattern, cases: expected, splits = [], onCase }: VerifyOptions = {},
): Promise<Verification> {
  const { cases, faults: found, loneLabels } = collectCases(folder, { pattern });
  const faults = found.map((error) => {
    const { field } = error.facts;
    if (field === 'case') return faultOf('duplicate case', error, String(error.facts.value));
    return faultOf(field?.startsWith('num') ? 'count' : 'duplicate file', error);
  });
  for (const file of loneLabels) {
    faults.push({ kind: 'missing', file, message: `${file}: a label map without any scan` });
  }
  if (expected !== undefined && cases.length !== expected) {
    const message = `${folder}: there are ${cases.length} cases and should be ${expected}`;
    faults.push({ kind: 'count', file: folder, value: cases.length, message });
  }
  faults.push(...missingLabels(cases));

  const verified: VerifiedCase[] = [];
  for (const files of cases) {
    verified.push(await verifyCase(files));
    onCase?.(verified.length, cases.length);
  }
  faults.push(...verified.flatMap((one) => one.faults), ...differencesBetween(verified));
  faults.push(...duplicateImages(verified));
  const names = cases.map(({ name }) => name);
  faults.push(...splitFaults(splits, names));
  return {
    folder,
    cases: cases.length,
    labelled: cases.filter(({ labels }) => labels).length,
    scans: cases.reduce((sum, { scans }) => sum + Object.keys(scans).length, 0),
    faults,
    notes: verified.flatMap(({ notes }) => notes),
  };
}

/** Cases without labels where most others beside them have some; a set without any is a test set. */
function missingLabels(cases: readonly CaseFiles[]): DataFault[] {
  // The Decathlon says itself which cases are for testing.
  const named = cases.filter(({ layout }) => layout !== 'decathlon');
  const place = (files: CaseFiles): string => dirname(dirname(anyFile(files)));
  const labelled = new Set(named.filter(({ labels }) => labels).map(place));
  return named
    .filter((files) => !files.labels && labelled.has(place(files)))
    .map((files) => ({
      kind: 'missing',
      case: files.name,
      value: 'labels',
      message: `case ${files.name} has no label map, and others beside it have`,
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
