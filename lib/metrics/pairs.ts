/** Which prediction belongs to which truth, by their files' names. Nothing of them is read. */
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findCases, imageFile, imageFiles, type ImageFile } from '../data/brats/cases';
import { LAYOUTS, layoutOfPattern, roleOf, type FileLayout } from '../data/brats/layouts';
import { BRATS_CODES, LATER_BRATS_CODES, type LabelCodes } from '../data/brats/regions';
import { ReaderError } from '../errors';

/** Two label maps of one case. */
export interface FilePair {
  name: string;
  prediction: string;
  truth: string;
  /** What the numbers in each mean. */
  codes: { prediction: LabelCodes; truth: LabelCodes };
}

export interface PairOptions {
  /** How the truth's files end, such as `labels=_seg`, where it isn't one of the known ways. */
  pattern?: string;
  /** The codes of both, where names don't tell: "later" has 3 for the enhancing tumour too. */
  labels?: 'brats' | 'later';
}

interface Truth {
  name: string;
  file: string;
  codes: LabelCodes;
  predictionCodes: LabelCodes;
}

/**
 * The pairs of two files, of two folders, or of one and one; sorted by name.
 *
 * Truths are files that end as label maps do (`NAME_seg`, `NAME-seg`, by the pattern), a Decathlon
 * folder's labels, or, in a folder without such names, all images but scans. The prediction of NAME is
 * called NAME, or NAME with a label map's ending, or NAME_ and anything, or lies in a folder NAME; the
 * first of these that is there. Scans and truths don't count as predictions. Two files make a pair
 * whatever their names.
 *
 * @throws ReaderError for a path that isn't there, a folder without label maps, a case twice, a case of
 *   either folder without its partner, or several files that could be the prediction
 */
export function pairFiles(
  prediction: string,
  truth: string,
  options: PairOptions = {},
): FilePair[] {
  const onePrediction = !isFolder(prediction);
  const oneTruth = !isFolder(truth);
  const truths = oneTruth ? [truthOf(imageFile(truth), options)] : truthsIn(truth, options);
  if (onePrediction && oneTruth) return [pairOf(truths[0], prediction)];

  const own = new Set(truths.map(({ file }) => resolve(file)));
  const candidates = onePrediction
    ? [imageFile(prediction)]
    : imageFiles(prediction).filter(({ file, stem }) => !own.has(resolve(file)) && !isScan(stem));
  const found = new Map<Truth, ImageFile[]>(truths.map((one) => [one, []]));
  for (const candidate of candidates) {
    const owner = ownerOf(candidate, truths);
    if (owner) found.get(owner)?.push(candidate);
    else if (!oneTruth) throw withoutPartner('truth', candidate.file, candidate.stem, truth);
  }
  // Of a single prediction nobody expects the other cases.
  const wanted = onePrediction ? truths.filter((one) => found.get(one)?.length) : truths;
  return wanted.map((one) => pairOf(one, chosen(one, found.get(one) ?? [], prediction)));
}

function pairOf({ name, file, codes, predictionCodes }: Truth, prediction: string): FilePair {
  return { name, prediction, truth: file, codes: { prediction: predictionCodes, truth: codes } };
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

function truthsIn(folder: string, options: PairOptions): Truth[] {
  const truths = listedTruths(folder, options) ?? namedTruths(folder, options);
  if (truths.length === 0) {
    const { pattern = LAYOUTS.flatMap(({ endings }) => endings.labels).join(', ') } = options;
    throw new ReaderError(
      `${folder} has no label map: looked for images ending in ${pattern} (.nii, .nii.gz, .hdr); check the folder or give a pattern such as labels=_seg`,
      { file: folder, field: 'truth', value: 0 },
    );
  }
  const byName = new Map<string, Truth>();
  for (const one of truths) {
    const other = byName.get(one.name);
    if (other) {
      throw new ReaderError(
        `the case ${one.name} has two truths (${other.file} and ${one.file}); remove one or name the ending by a pattern such as labels=_seg`,
        { file: one.file, field: 'case', value: one.name },
      );
    }
    byName.set(one.name, one);
  }
  return truths.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A Decathlon folder says itself where its labels are and what they mean; predictions are the kit's. */
function listedTruths(folder: string, { pattern, labels }: PairOptions): Truth[] | undefined {
  if (pattern !== undefined || !existsSync(join(folder, 'dataset.json'))) return undefined;
  return findCases(folder).flatMap(({ name, labels: place, codes }) =>
    place ? [{ name, file: place.file, codes, predictionCodes: codesNamed(labels) }] : [],
  );
}

function namedTruths(folder: string, options: PairOptions): Truth[] {
  const images = imageFiles(folder);
  const named = images.filter(({ stem }) => labelRole(stem, layoutsOf(options)) !== undefined);
  const taken =
    named.length > 0 || options.pattern !== undefined
      ? named
      : images.filter(({ stem }) => !isScan(stem));
  return taken.map((image) => truthOf(image, options));
}

function truthOf({ file, stem }: ImageFile, options: PairOptions): Truth {
  const role = labelRole(stem, layoutsOf(options));
  const codes = options.labels ? codesNamed(options.labels) : (role?.codes ?? BRATS_CODES);
  return { name: role?.name ?? stem, file, codes, predictionCodes: codes };
}

function codesNamed(labels: PairOptions['labels']): LabelCodes {
  return labels === 'later' ? LATER_BRATS_CODES : BRATS_CODES;
}

function layoutsOf({ pattern }: PairOptions): readonly FileLayout[] {
  return pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern, BRATS_CODES, ['labels'])];
}

/** The case that a label map is of, by the first layout that has its ending. */
function labelRole(
  stem: string,
  layouts: readonly FileLayout[],
): { name: string; codes: LabelCodes } | undefined {
  for (const layout of layouts) {
    const found = roleOf(stem, layout);
    if (found?.role === 'labels') return { name: found.name, codes: layout.codes };
  }
  return undefined;
}

function isScan(stem: string): boolean {
  return LAYOUTS.some((layout) => (roleOf(stem, layout)?.role ?? 'labels') !== 'labels');
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

const FOLDER = 3;

/** 0 for NAME, 1 for NAME and a label map's ending, 2 for NAME_*, 3 for a folder NAME, Infinity else. */
function closeness({ stem, folder }: ImageFile, name: string): number {
  if (stem === name) return 0;
  if (labelRole(stem, LAYOUTS)?.name === name) return 1;
  if (stem.startsWith(`${name}_`)) return 2;
  return basename(folder) === name ? FOLDER : Infinity;
}

function chosen({ name, file }: Truth, candidates: ImageFile[], folder: string): string {
  const nearest = Math.min(...candidates.map((candidate) => closeness(candidate, name)));
  const best = candidates.filter((candidate) => closeness(candidate, name) === nearest);
  if (best.length === 1) return best[0].file;
  if (best.length === 0) throw withoutPartner('prediction', file, name, folder);
  throw new ReaderError(
    `the case ${name} has ${best.length} predictions (${best.map((one) => one.file).join(', ')}); leave one, called ${name}.nii.gz`,
    { file: best[1].file, field: 'prediction', value: name },
  );
}

function withoutPartner(
  missing: 'prediction' | 'truth',
  file: string,
  name: string,
  folder: string,
): ReaderError {
  const should =
    missing === 'prediction'
      ? `${name}.nii.gz or ${name}_*.nii.gz`
      : `the start of ${name}, and _seg`;
  return new ReaderError(
    `${file}: ${missing} of ${name} is missing in ${folder}; it should be called ${should}`,
    { file, field: missing, value: name },
  );
}
