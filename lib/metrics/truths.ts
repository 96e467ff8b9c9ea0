/** Which label maps of a folder are ground truth, of which case, and their label codes. No voxel is read. */
import { collectCases, type FindCasesOptions } from '../datasets/brats/cases';
import { imageFile, imageFiles, isFolder, type ImageFile } from '../datasets/brats/folder';
import { codesOfResult, isKitResult } from '../datasets/brats/kit-result';
import { parseLabelCodes, type LabelCodes } from '../datasets/brats/label-codes';
import {
  editionCodes,
  LAYOUTS,
  layoutOfPattern,
  roleOf,
  type FileLayout,
} from '../datasets/brats/layouts';
import { readSplitList } from '../datasets/brats/splits';
import { UserError } from '../base/errors';

/** The label map of one case. */
export interface Truth {
  name: string;
  file: string;
  codes: LabelCodes;
}

/** How the ground truth is described, and which of its cases are wanted. Default: all. */
export interface TruthOptions extends FindCasesOptions {
  /** Names of cases. */
  cases?: readonly string[];
  /** A list of cases, as a split has them: see `readSplitList`. */
  list?: string;
}

/** Sorted by name. */
export interface Truths {
  all: Truth[];
  /** Those of `cases` or `list`, in the order given. */
  wanted: readonly Truth[];
  notes: string[];
}

/**
 * The ground truth of a file, or of a folder: the label maps of a data set's cases, or, in a folder of label maps alone,
 * those that end as such (`NAME_seg`, `NAME-seg`), or all images.
 *
 * @throws UserError for a path that can't be read, a folder without label maps, a case twice, codes that have to be
 *   stated, or a wanted case without a label map
 */
export function findTruths(path: string, options: TruthOptions = {}): Truths {
  const { truths, notes } = isFolder(path)
    ? truthsIn(path, options)
    : { truths: [truthOf(imageFile(path), options)], notes: kitNotes([path]) };
  return { all: truths, wanted: wantedTruths(truths, options, path), notes };
}

function truthsIn(folder: string, options: TruthOptions): { truths: Truth[]; notes: string[] } {
  const { truths, notes } = truthsOfCases(folder, options) ?? namedTruths(folder, options);
  if (truths.length === 0) {
    const { pattern = LAYOUTS.flatMap(({ places }) => places.labels).join(', ') } = options;
    throw new UserError(
      `${folder} has no label map: looked for images called ${pattern} (.nii, .nii.gz, .hdr); check the folder, or give their naming: --pattern labels=_seg`,
      { code: 'MISSING', file: folder, field: 'truth', value: 0 },
    );
  }
  const byName = new Map<string, Truth>();
  for (const one of truths) {
    const other = byName.get(one.name);
    if (other) {
      throw new UserError(
        `the case ${one.name} has two ground truths (${other.file} and ${one.file}); say which with --pattern labels=_seg (or however its name ends), or give the folder of one`,
        { code: 'AMBIGUOUS', file: one.file, field: 'case', value: one.name },
      );
    }
    byName.set(one.name, one);
  }
  return { truths: truths.sort((a, b) => (a.name < b.name ? -1 : 1)), notes };
}

/** The label maps of a data set's cases; undefined where the folder has no scans. */
function truthsOfCases(
  folder: string,
  options: TruthOptions,
): { truths: Truth[]; notes: string[] } | undefined {
  let found;
  try {
    found = collectCases(folder, options);
  } catch (error) {
    if (error instanceof UserError && error.details.field === 'cases') return undefined;
    throw error;
  }
  if (found.faults.length > 0) throw found.faults[0];
  const truths = found.cases.flatMap(({ name, labels, codes }) =>
    labels ? [{ name, file: labels.file, codes }] : [],
  );
  const read = new Set(
    found.cases.flatMap(({ scans, labels }) =>
      [...Object.values(scans), ...(labels ? [labels] : [])].map(({ file }) => file),
    ),
  );
  const lone = imageFiles(folder).filter(
    ({ file, stem }) => !read.has(file) && labelRole(stem, options) && !isKitResult(file),
  );
  const all = [...truths, ...lone.map((image) => truthOf(image, options))];
  return all.length === 0 ? undefined : { truths: all, notes: found.notes };
}

/** The label maps of a folder without scans. */
function namedTruths(folder: string, options: TruthOptions): { truths: Truth[]; notes: string[] } {
  const images = imageFiles(folder);
  const named = images.filter(({ stem }) => labelRole(stem, options) !== undefined);
  const taken =
    named.length > 0 || options.pattern !== undefined
      ? named
      : images.filter(({ stem }) => !isScan(stem));
  return {
    truths: taken.map((image) => truthOf(image, options)),
    notes: kitNotes(taken.map(({ file }) => file)),
  };
}

function kitNotes(files: readonly string[]): string[] {
  return files
    .filter(isKitResult)
    .map((file) => `${file}, which is taken for the ground truth, is a result that this kit wrote`);
}

function truthOf({ file, stem }: ImageFile, options: TruthOptions): Truth {
  const role = labelRole(stem, options);
  const name = role?.name ?? stem;
  if (options.labels !== undefined) return { name, file, codes: parseLabelCodes(options.labels) };
  const codes = codesOfResult(file) ?? editionCodes(name, role?.layout ?? LAYOUTS[0]);
  if (!('unknown' in codes)) return { name, file, codes };
  throw new UserError(`${file}: ${codes.unknown}`, {
    code: 'BAD_FILE',
    file,
    field: '--labels',
    value: name,
  });
}

/** The case that a label map is of, by the first layout that has its ending. */
export function labelRole(
  stem: string,
  { pattern }: FindCasesOptions = {},
): { name: string; layout: FileLayout } | undefined {
  const layouts = pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern)];
  for (const layout of layouts) {
    const found = roleOf(stem, layout);
    if (found?.role === 'labels' && found.name !== '') return { name: found.name, layout };
  }
  return undefined;
}

/** By its name. */
export function isScan(stem: string): boolean {
  return LAYOUTS.some((layout) => (roleOf(stem, layout)?.role ?? 'labels') !== 'labels');
}

function wantedTruths(
  truths: readonly Truth[],
  { cases, list }: TruthOptions,
  folder: string,
): readonly Truth[] {
  if (!cases && list === undefined) return truths;
  const byName = new Map(truths.map((one) => [one.name, one]));
  const names = cases ?? readSplitList(list ?? '', [...byName.keys()]);
  return names.map((name) => {
    const one = byName.get(name);
    if (one) return one;
    throw new UserError(`${folder} has no label map of a case ${name}; correct the name`, {
      code: 'MISSING',
      file: folder,
      field: 'cases',
      value: name,
    });
  });
}
