/** Which prediction belongs to which truth, by their files' names. No voxel is read. */
import { statSync } from 'node:fs';
import { basename, resolve, sep } from 'node:path';
import { collectCases, type FindCasesOptions } from '../data/brats/cases';
import { imageFile, imageFiles, type ImageFile } from '../data/brats/folder';
import { codesOfResult, descriptionOf, isKitResult } from '../data/brats/kit-result';
import { parseLabelCodes, type LabelCodes } from '../data/brats/label-codes';
import {
  editionCodes,
  LAYOUTS,
  layoutOfPattern,
  roleOf,
  type FileLayout,
} from '../data/brats/layouts';
import { ReaderError } from '../errors';
import { MODALITIES, subsetIndex, subsetName, type Modality } from '../modality';

/** Two label maps of one case. */
export interface FilePair {
  name: string;
  prediction: string;
  truth: string;
  /** The scans that the prediction was made from, where its name says it: `NAME_from-flair-t1ce`. */
  subset?: readonly Modality[];
  /** What the numbers in each mean. */
  codes: { prediction: LabelCodes; truth: LabelCodes };
}

/** `pattern` and `labels` say how the truth is described, and `labels` what predictions mean, too. */
export interface PairOptions extends FindCasesOptions {
  /** What the numbers in predictions mean, where it is something else than in the truth. */
  predictionLabels?: string;
  /** Only these cases. Default: all of the truth. */
  cases?: readonly string[];
  /** Leave out the cases that have no prediction, instead of refusing them. */
  onlyThere?: boolean;
}

/** What is scored, and what to know of it. */
export interface FilePairs {
  /** Sorted by name, then in the order of subsets. */
  pairs: FilePair[];
  /** Cases of the truth that are not scored. */
  leftOut: string[];
  notes: string[];
}

interface Truth {
  name: string;
  file: string;
  codes: LabelCodes;
}

/**
 * The pairs of two files, of two folders, or of one and one.
 *
 * Truths are the label maps of a data set's cases, or, in a folder of label maps alone, those that end as such
 * (`NAME_seg`, `NAME-seg`), or all images. The prediction of NAME is called NAME, NAME with a label map's ending, or
 * NAME_ and anything; or lies in a folder NAME; the first of these that is there. Instead of one, a case may have one
 * for each of several subsets of its scans (`NAME_from-flair-t1ce`). Two files make a pair whatever their names.
 *
 * @throws ReaderError for a path that isn't there, a folder without label maps, a case twice, a case of
 *   either folder without its partner, or several files that could be the prediction
 */
export function pairFiles(prediction: string, truth: string, options: PairOptions = {}): FilePairs {
  const onePrediction = !isFolder(prediction);
  const oneTruth = !isFolder(truth);
  const found = oneTruth
    ? { truths: [truthOf(imageFile(truth), options)], notes: kitNotes([truth]) }
    : truthsIn(truth, options);
  const { notes } = found;
  const truths = wantedTruths(found.truths, options, truth);
  const pairOf = (one: Truth, file: string, subset?: readonly Modality[]): FilePair => ({
    name: one.name,
    prediction: file,
    truth: one.file,
    ...(subset ? { subset } : {}),
    codes: { truth: one.codes, prediction: predictionCodes(file, one, options) },
  });
  if (onePrediction && oneTruth) {
    return { pairs: [pairOf(truths[0], prediction)], leftOut: [], notes };
  }

  const own = new Set(found.truths.map(({ file }) => resolve(file)));
  const candidates = onePrediction
    ? [imageFile(prediction)]
    : imageFiles(prediction).filter(
        (image) => !own.has(resolve(image.file)) && !isOther(image, truth),
      );
  const byTruth = new Map<Truth, ImageFile[]>(found.truths.map((one) => [one, []]));
  for (const candidate of candidates) {
    const owner = ownerOf(candidate, found.truths);
    if (owner) byTruth.get(owner)?.push(candidate);
    else if (!oneTruth) throw withoutPartner('truth', candidate.file, candidate.stem, truth);
  }
  const filesOf = (one: Truth): ImageFile[] => byTruth.get(one) ?? [];
  // Of a single prediction nobody expects the other cases.
  const few = onePrediction || options.onlyThere === true;
  const scored = few ? truths.filter((one) => filesOf(one).length > 0) : truths;
  if (scored.length === 0) {
    throw withoutPartner('prediction', truths[0].file, truths[0].name, prediction);
  }
  const pairs = scored.flatMap((one) =>
    chosen(one, filesOf(one), prediction).map(({ file, subset }) => pairOf(one, file, subset)),
  );
  requireSameSubsets(pairs, options.onlyThere === true);
  const leftOut = found.truths.filter((one) => !scored.includes(one)).map(({ name }) => name);
  return { pairs, leftOut: onePrediction ? [] : leftOut, notes };
}

/** What the kit's header says, else what is stated, else as the truth. */
function predictionCodes(
  file: string,
  { codes }: Truth,
  { predictionLabels }: PairOptions,
): LabelCodes {
  if (predictionLabels !== undefined) return parseLabelCodes(predictionLabels);
  return codesOfResult(file) ?? codes;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new ReaderError(
      `${path} can't be read (${(cause as Error).message}); check the path`,
      { file: path },
      { cause },
    );
  }
}

function truthsIn(folder: string, options: PairOptions): { truths: Truth[]; notes: string[] } {
  const { truths, notes } = truthsOfCases(folder, options) ?? namedTruths(folder, options);
  if (truths.length === 0) {
    const { pattern = LAYOUTS.flatMap(({ places }) => places.labels).join(', ') } = options;
    throw new ReaderError(
      `${folder} has no label map: looked for images called ${pattern} (.nii, .nii.gz, .hdr); check the folder or give a pattern such as labels=_seg`,
      { file: folder, field: 'truth', value: 0 },
    );
  }
  const byName = new Map<string, Truth>();
  for (const one of truths) {
    const other = byName.get(one.name);
    if (other) {
      throw new ReaderError(
        `the case ${one.name} has two truths (${other.file} and ${one.file}); say which by a pattern such as labels=_seg, or give the folder of one`,
        { file: one.file, field: 'case', value: one.name },
      );
    }
    byName.set(one.name, one);
  }
  return { truths: truths.sort((a, b) => (a.name < b.name ? -1 : 1)), notes };
}

/** The label maps of a data set's cases; undefined where the folder has no scans. */
function truthsOfCases(
  folder: string,
  options: PairOptions,
): { truths: Truth[]; notes: string[] } | undefined {
  let found;
  try {
    found = collectCases(folder, options);
  } catch (error) {
    if (error instanceof ReaderError && error.facts.field === 'cases') return undefined;
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
function namedTruths(folder: string, options: PairOptions): { truths: Truth[]; notes: string[] } {
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
    .map((file) => `${file}, which is taken for the truth, is a result that this kit wrote`);
}

function truthOf({ file, stem }: ImageFile, options: PairOptions): Truth {
  const role = labelRole(stem, options);
  const name = role?.name ?? stem;
  if (options.labels !== undefined) return { name, file, codes: parseLabelCodes(options.labels) };
  const codes = codesOfResult(file) ?? editionCodes(name, role?.layout ?? LAYOUTS[0]);
  if (!('unknown' in codes)) return { name, file, codes };
  throw new ReaderError(`${file}: ${codes.unknown}`, { file, field: '--labels', value: name });
}

/** The case that a label map is of, by the first layout that has its ending. */
function labelRole(
  stem: string,
  { pattern }: PairOptions = {},
): { name: string; layout: FileLayout } | undefined {
  const layouts = pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern)];
  for (const layout of layouts) {
    const found = roleOf(stem, layout);
    if (found?.role === 'labels' && found.name !== '') return { name: found.name, layout };
  }
  return undefined;
}

function isScan(stem: string): boolean {
  return LAYOUTS.some((layout) => (roleOf(stem, layout)?.role ?? 'labels') !== 'labels');
}

/** A scan of the truth's folder, or probabilities that the kit wrote beside a label map: no prediction. */
function isOther({ file, stem }: ImageFile, truthFolder: string): boolean {
  if (isKitResult(file)) return descriptionOf(file)?.includes(' probability') ?? false;
  const inside = resolve(file).startsWith(`${resolve(truthFolder)}${sep}`);
  return inside && isScan(stem);
}

function wantedTruths(
  truths: readonly Truth[],
  { cases }: PairOptions,
  folder: string,
): readonly Truth[] {
  if (!cases) return truths;
  const byName = new Map(truths.map((one) => [one.name, one]));
  return cases.map((name) => {
    const one = byName.get(name);
    if (one) return one;
    throw new ReaderError(`${folder} has no label map of a case ${name}; correct the name`, {
      file: folder,
      field: 'cases',
      value: name,
    });
  });
}

/** The longest name that fits, so that `a_1_seg` is of case `a_1` where there is one, and else of `a`. */
function ownerOf(candidate: ImageFile, truths: readonly Truth[]): Truth | undefined {
  const longest = (fitting: Truth[]): Truth | undefined =>
    fitting.sort((a, b) => b.name.length - a.name.length)[0];
  return (
    longest(truths.filter(({ name }) => closeness(candidate, name) < FOLDER)) ??
    longest(truths.filter(({ name }) => closeness(candidate, name) === FOLDER))
  );
}

const SUBSET = 3;
const FOLDER = 4;

/** 0 for NAME, 1 for NAME and a label map's ending, 2 for NAME_*, 3 for a subset's, 4 for a folder NAME, Infinity else. */
function closeness({ stem, folder }: ImageFile, name: string): number {
  if (stem === name) return 0;
  if (labelRole(stem)?.name === name) return 1;
  if (subsetOf(stem, name)) return SUBSET;
  if (stem.startsWith(`${name}_`)) return 2;
  return basename(folder) === name ? FOLDER : Infinity;
}

/** The scans that a prediction's name says it was made from. */
function subsetOf(stem: string, name: string): readonly Modality[] | undefined {
  if (!stem.startsWith(`${name}_`)) return undefined;
  const words = stem
    .slice(name.length + 1)
    .replace(/^from-/, '')
    .split('-');
  const known = words.every((word) => MODALITIES.includes(word as Modality));
  if (!known || new Set(words).size < words.length) return undefined;
  return MODALITIES.filter((modality) => words.includes(modality));
}

interface Chosen {
  file: string;
  subset?: readonly Modality[];
}

function chosen({ name, file }: Truth, candidates: ImageFile[], folder: string): Chosen[] {
  const nearest = Math.min(...candidates.map((candidate) => closeness(candidate, name)));
  const best = candidates.filter((candidate) => closeness(candidate, name) === nearest);
  if (best.length === 0) throw withoutPartner('prediction', file, name, folder);
  if (nearest === SUBSET) {
    const all = best.map((one) => ({ file: one.file, subset: subsetOf(one.stem, name) ?? [] }));
    all.sort((a, b) => subsetIndex(a.subset) - subsetIndex(b.subset));
    const twice = all.find(
      ({ subset }, i) => i > 0 && subsetIndex(subset) === subsetIndex(all[i - 1].subset),
    );
    if (!twice) return all;
    throw new ReaderError(
      `the case ${name} has two predictions from ${subsetName(twice.subset)} in ${folder}; keep one`,
      { file: twice.file, field: 'prediction', value: name },
    );
  }
  if (best.length === 1) return [{ file: best[0].file }];
  throw new ReaderError(
    `the case ${name} has ${best.length} predictions (${best.map((one) => one.file).join(', ')}); call the one to score ${name}.nii.gz`,
    { file: best[1].file, field: 'prediction', value: name },
  );
}

/** A table over subsets compares the same cases in each row. */
function requireSameSubsets(pairs: readonly FilePair[], onlyThere: boolean): void {
  const word = ({ subset }: FilePair): string => (subset ? subsetName(subset) : 'all its scans');
  const words = new Set(pairs.map(word));
  const cases = new Map<string, Set<string>>();
  for (const pair of pairs) {
    cases.set(pair.name, (cases.get(pair.name) ?? new Set()).add(word(pair)));
  }
  for (const [name, own] of cases) {
    const absent = [...words].find((one) => !own.has(one));
    if (absent === undefined || onlyThere) continue;
    throw new ReaderError(
      `the case ${name} has no prediction from ${absent}, which others have; add it, or score what is there with --only-there`,
      { field: 'prediction', value: name },
    );
  }
}

function withoutPartner(
  missing: 'prediction' | 'truth',
  file: string,
  name: string,
  folder: string,
): ReaderError {
  const advice =
    missing === 'prediction'
      ? `it should be called ${name}.nii.gz or ${name}_*.nii.gz (--only-there scores the cases that have one)`
      : `it should be called as its case, such as NAME.nii.gz for NAME_seg.nii.gz`;
  return new ReaderError(`${file}: ${missing} of ${name} is missing in ${folder}; ${advice}`, {
    file,
    field: missing,
    value: name,
  });
}
