/** Which prediction belongs to which ground truth, by file names. No voxel is read. */
import { basename, resolve, sep } from 'node:path';
import { imageFile, imageFiles, isFolder, type ImageFile } from '../datasets/brats/folder';
import {
  besideFile,
  codesOfResult,
  descriptionOf,
  isKitResult,
} from '../datasets/brats/kit-result';
import { parseLabelCodes, type LabelCodes } from '../datasets/brats/label-codes';
import { REGIONS, type Region } from '../datasets/brats/regions';
import { UserError } from '../base/errors';
import { MODALITIES, subsetIndex, subsetName, type Modality } from '../base/modality';
import { findTruths, isScan, labelRole, type Truth, type TruthOptions } from './truths';

/** Two label maps of one case. */
export interface FilePair {
  name: string;
  prediction: string;
  truth: string;
  /** The available scans of the prediction, if its name gives them: `NAME_from-flair-t1ce`. */
  subset?: readonly Modality[];
  /** The label codes of each. */
  codes: { prediction: LabelCodes; truth: LabelCodes };
}

/** `pattern` and `labels` describe the ground truth; `labels` also holds for the predictions. */
export interface PairOptions extends TruthOptions {
  /** The label codes of the predictions, if they differ from the ground truth's. */
  predictionLabels?: string;
  /** The predictions' probabilities are scored, too, so files named as such are no predictions: see `probabilityFiles`. */
  probabilities?: boolean;
  /** Leave out the cases that have no prediction, instead of refusing them. */
  onlyThere?: boolean;
}

/** What is scored, and notes on it. */
export interface FilePairs {
  /** Sorted by name, then in the order of subsets. */
  pairs: FilePair[];
  /** All ground truths found, scored or not. */
  truths: Truth[];
  /** Cases of the ground truth that are not scored. */
  leftOut: string[];
  notes: string[];
}

/**
 * The pairs of two files, of two folders, or of one and one.
 *
 * Ground truths are those of `findTruths`. The prediction of NAME is named NAME, NAME with a label map's ending, or
 * NAME_ and anything; or lies in a folder NAME; the first of these that exists. Instead of one, a case may have one
 * for each of several subsets of its scans (`NAME_from-flair-t1ce`). Two files make a pair whatever their names.
 *
 * @throws UserError as `findTruths`, and for a prediction's path that doesn't exist, a case of either folder without
 *   its partner, or several files that could be the prediction
 */
export function pairFiles(prediction: string, truth: string, options: PairOptions = {}): FilePairs {
  const onePrediction = !isFolder(prediction);
  const oneTruth = !isFolder(truth);
  const { all, wanted: truths, notes } = findTruths(truth, options);
  const pairOf = (one: Truth, file: string, subset?: readonly Modality[]): FilePair => ({
    name: one.name,
    prediction: file,
    truth: one.file,
    ...(subset ? { subset } : {}),
    codes: { truth: one.codes, prediction: predictionCodes(file, one, options) },
  });
  if (onePrediction && oneTruth) {
    return { pairs: [pairOf(truths[0], prediction)], truths: all, leftOut: [], notes };
  }

  const own = new Set(all.map(({ file }) => resolve(file)));
  const images = onePrediction
    ? [imageFile(prediction)]
    : imageFiles(prediction).filter(
        (image) => !own.has(resolve(image.file)) && !isOther(image, truth),
      );
  const candidates = options.probabilities ? withoutProbabilities(images) : images;
  const byTruth = new Map<Truth, ImageFile[]>(all.map((one) => [one, []]));
  for (const candidate of candidates) {
    const owner = ownerOf(candidate, all);
    if (owner) byTruth.get(owner)?.push(candidate);
    else if (!oneTruth) throw withoutPartner('truth', candidate.file, candidate.stem, truth);
  }
  const filesOf = (one: Truth): ImageFile[] => byTruth.get(one) ?? [];
  // A single prediction needs no prediction of the other cases.
  const few = onePrediction || options.onlyThere === true;
  const scored = few ? truths.filter((one) => filesOf(one).length > 0) : truths;
  if (scored.length === 0) {
    throw withoutPartner('prediction', truths[0].file, truths[0].name, prediction, options);
  }
  const pairs = scored.flatMap((one) =>
    chosen(one, filesOf(one), prediction).map(({ file, subset }) => pairOf(one, file, subset)),
  );
  requireSameSubsets(pairs, options.onlyThere === true);
  const leftOut = all.filter((one) => !scored.includes(one)).map(({ name }) => name);
  return { pairs, truths: all, leftOut: onePrediction ? [] : leftOut, notes };
}

/** By the kit's header, else as stated, else as the ground truth's. */
function predictionCodes(
  file: string,
  { codes }: Truth,
  { predictionLabels }: PairOptions,
): LabelCodes {
  if (predictionLabels !== undefined) return parseLabelCodes(predictionLabels);
  return codesOfResult(file) ?? codes;
}

/** Other programs' probabilities have no mark: they are known by the label map beside them. */
function withoutProbabilities(images: readonly ImageFile[]): ImageFile[] {
  const beside = new Set(images.flatMap(({ file }) => Object.values(probabilityFiles(file))));
  return images.filter(({ file }) => !beside.has(file));
}

/** The files that `mckd segment --probabilities` writes beside `seg.nii.gz`: `seg_ET.nii.gz` and so on. */
export function probabilityFiles(prediction: string): Record<Region, string> {
  return Object.fromEntries(
    REGIONS.map((region) => [region, besideFile(prediction, region)]),
  ) as Record<Region, string>;
}

/** A scan of the ground truth's folder, or probabilities that the kit wrote beside a label map: no prediction. */
function isOther({ file, stem }: ImageFile, truthFolder: string): boolean {
  if (isKitResult(file)) return descriptionOf(file)?.includes(' probability') ?? false;
  const inside = resolve(file).startsWith(`${resolve(truthFolder)}${sep}`);
  return inside && isScan(stem);
}

/** The longest name that fits, so that `a_1_seg` is of case `a_1` if there is one, else of `a`. */
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

/** The available scans, from a prediction's name. */
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
    throw new UserError(
      `the case ${name} has two predictions from ${subsetName(twice.subset)} in ${folder}; keep one`,
      { code: 'AMBIGUOUS', file: twice.file, field: 'prediction', value: name },
    );
  }
  if (best.length === 1) return [{ file: best[0].file }];
  throw new UserError(
    `the case ${name} has ${best.length} predictions (${best.map((one) => one.file).join(', ')}); name the one to score ${name}.nii.gz`,
    { code: 'AMBIGUOUS', file: best[1].file, field: 'prediction', value: name },
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
    throw new UserError(
      `the case ${name} has no prediction from ${absent}, which others have; add it, or score the existing ones with --only-there`,
      { code: 'MISMATCH', field: 'prediction', value: name },
    );
  }
}

function withoutPartner(
  missing: 'prediction' | 'truth',
  file: string,
  name: string,
  folder: string,
  { onlyThere = false }: Pick<PairOptions, 'onlyThere'> = {},
): UserError {
  const others = onlyThere ? '' : ' (--only-there scores the cases that have one)';
  const advice =
    missing === 'prediction'
      ? `name it ${name}.nii.gz or ${name}_*.nii.gz${others}`
      : `name it after its case, such as NAME.nii.gz for NAME_seg.nii.gz`;
  const what = missing === 'truth' ? 'ground truth' : missing;
  return new UserError(`${file}: ${what} of ${name} is missing in ${folder}; ${advice}`, {
    code: 'MISSING',
    file,
    field: missing,
    value: name,
  });
}
