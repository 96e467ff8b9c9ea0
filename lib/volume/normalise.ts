/**
 * Intensity normalisation as the authors' code does it (`truncate`), on a whole volume before cropping:
 * the few brightest voxels are clipped, then the brain gets mean 0 and standard deviation 1.
 */
import { UserError } from '../base/errors';
import { statisticsOf, type Statistics } from './describe';
import type { VoxelArray } from '../formats/nifti';

/**
 * How the scans of a case are normalised.
 *
 * - `foreground`: each scan by itself, over the voxels that differ from its first one (`normaliseIntensity`); the authors'
 * - `brain`: RFNet's, cut to a box around the brain (`brain.ts`)
 * - `percentiles`: RobustSeg's: as `brain`, but that mean and deviation are of the brain's voxels between two percentiles
 *   (`percentiles.ts`)
 * - `landmarks`: U-HVED's and U-HeMIS's: as `brain`, but by the foreground (`foreground.ts`), and after histograms were
 *   standardised by landmarks of the training cases (`landmarks.ts`)
 * - `range`: ACN's: each scan's least value becomes 0 and its largest 1 (`range.ts`)
 */
export const NORMALISATIONS = ['foreground', 'brain', 'percentiles', 'landmarks', 'range'] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

/** Whether a case is cut to the box around the brain, which is found from all of its scans. */
export function cutsBox(normalisation: Normalisation): boolean {
  return normalisation !== 'foreground' && normalisation !== 'range';
}

export interface NormalisedScan {
  /** [voxels]; background 0. */
  values: Float32Array;
  /** k: every voxel of at least this became this. */
  clip: number;
  /** What counted as background: the value of the first voxel (0 in BraTS). */
  background: number;
  /** How many voxels were at least k. */
  clippedVoxels: number;
  /** How many voxels weren't background. */
  insideVoxels: number;
  /** k is by the scan's own scale, since the authors' rule would have clipped too much. */
  ownScale: boolean;
  /** Of the scan, before. */
  min: number;
  max: number;
}

/** A bin of the histogram with fewer voxels than this is a tail. */
const LEAST_IN_BIN = 50;
/** More bins than this are no intensities: 16-bit scans have at most 65,535. */
const MOST_BINS = 1 << 20;
/** If the authors' rule clips more than this share of the brain, it does not suit the scan. */
const MOST_CLIPPED = 0.1;
/** Bins of a scan's own scale, and voxels of a brain in BraTS, for which the least count per bin is meant. */
const OWN_BINS = 1000;
const BRATS_BRAIN = 1_400_000;

/**
 * The normalised scan:
 *
 * 1. k = index of the last of int(max) histogram bins over [min, max] with at least 50 voxels;
 *    v := min(v, k). The index is about the intensity where the minimum is about 0, and the authors
 *    take it as such.
 * 2. v := v - mean(v) over v != background, and 0 elsewhere
 * 3. v := v / std(v) over v != background, population standard deviation, and 0 elsewhere
 *
 * The rule suits intensities as in BraTS, from 0 to some hundreds or thousands in millions of voxels. Where it
 * would clip more than a tenth of the brain (intensities from 0 to 4 have four bins) or finds no bin, k is instead the
 * lower edge of the last of 1000 bins over [min, max] that has 50 voxels for each 1.4 million of the brain, one at
 * least: ours, not the authors'; `ownScale` says so.
 *
 * Step 3 compares what step 2 made with the background's old value, as the authors' code does; with a
 * background of 0 that leaves out only voxels that were exactly at the mean.
 *
 * @param values [voxels], the voxel at [0, 0, 0] first; not changed
 * @param file for messages
 * @throws UserError naming the file and what it found, for NaN or a constant scan
 */
export function normaliseIntensity(values: VoxelArray, file = 'the scan'): NormalisedScan {
  const levels = levelsOf(values);
  checkLevels(levels, file);
  const { min, max } = levels;
  const { at, count } = levels;
  const insideVoxels = countVoxels(levels, (value) => value !== values[0]);
  const authors = authorsClip(levels);
  const clipped = (clip: number): number =>
    countVoxels(levels, (value) => value >= clip && value !== values[0]);
  const ownScale = authors === undefined || clipped(authors) > MOST_CLIPPED * insideVoxels;
  const clip = ownScale ? ownClip(levels, insideVoxels) : authors;
  const background = Math.min(values[0], clip);
  const scan = new Float64Array(at.length);
  let clippedVoxels = 0;
  for (let i = 0; i < scan.length; i++) {
    if (at[i] >= clip) clippedVoxels += count ? count[i] : 1;
    scan[i] = Math.min(at[i], clip);
  }
  const { mean } = momentsInside(scan, count, background);
  for (let i = 0; i < scan.length; i++) scan[i] = scan[i] === background ? 0 : scan[i] - mean;
  const { std } = momentsInside(scan, count, background);
  if (!(std > 0)) {
    const advice = 'look at the scan: the whole brain has one value';
    throw fault(file, 'the standard deviation inside the brain', std, 'above 0', advice);
  }
  const normalised = new Float32Array(scan.length);
  for (let i = 0; i < scan.length; i++) {
    normalised[i] = scan[i] === background ? 0 : scan[i] / std;
  }
  const result = count ? looked(values, min, normalised) : normalised;
  return { values: result, clip, background, clippedVoxels, insideVoxels, ownScale, min, max };
}

/**
 * Are these intensities that can be normalised?
 * @throws UserError naming the file and what it found, for NaN or a constant scan
 */
export function checkIntensities(values: VoxelArray, file = 'the scan'): void {
  checkLevels(levelsOf(values), file);
}

function checkLevels({ min, max, nonFinite }: Levels, file: string): void {
  if (nonFinite) {
    const advice = 'set them to the background, such as 0 (nibabel, numpy.nan_to_num)';
    throw fault(file, 'number of NaN or infinite voxels', nonFinite, '0', advice);
  }
  if (min === max) {
    const advice =
      'leave a missing scan out (mckd segment --available) instead of giving a constant one';
    throw fault(file, 'every voxel', min, 'an intensity, and not all the same', advice);
  }
}

function fault(
  file: string,
  field: string,
  value: unknown,
  should: string,
  advice: string,
): UserError {
  return new UserError(`${file}: ${field} is ${String(value)} and should be ${should}; ${advice}`, {
    code: 'BAD_FILE',
    file,
    field,
    value,
  });
}

/** What is unusual in a normalised scan, one sentence each. */
export function normalisationNotes(scan: NormalisedScan, file: string): string[] {
  const { values, clip, clippedVoxels, insideVoxels, ownScale, min, max } = scan;
  const range = `intensities from ${short(min)} to ${short(max)}`;
  const notes: string[] = [];
  if (ownScale) {
    notes.push(
      `${file}: ${range} do not suit the authors' normalisation; clipped at ${short(clip)}, by the scan's own scale`,
    );
  }
  if (clippedVoxels > NOTED_CLIPPED * insideVoxels) {
    notes.push(
      `${file}: ${percent(clippedVoxels / insideVoxels)} of the brain is clipped (${range}, clipped at ${short(clip)})`,
    );
  }
  return [...notes, ...insideNotes(insideVoxels, values.length, file)];
}

/** If most of the voxels are not background: that, in one sentence. */
export function insideNotes(insideVoxels: number, voxels: number, file: string): string[] {
  if (insideVoxels <= MOST_INSIDE * voxels) return [];
  return [
    `${file}: ${percent(insideVoxels / voxels)} of the voxels are not background (in BraTS, a seventh); check that the skull is stripped and the background is one value`,
  ];
}

/** Shares of a brain that is clipped, and of a volume that is brain, above which there is a note. */
const NOTED_CLIPPED = 0.05;
const MOST_INSIDE = 0.6;

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** The authors' k; undefined where their histogram has no bins, or none of 50 voxels. */
function authorsClip(levels: Levels): number | undefined {
  const { max } = levels;
  if (!(max >= 1 && max <= MOST_BINS)) return undefined;
  const clip = lastBin(histogram(levels, Math.trunc(max)), LEAST_IN_BIN);
  return clip < 0 ? undefined : clip;
}

function ownClip(levels: Levels, insideVoxels: number): number {
  const { min, max } = levels;
  const least = Math.max(1, Math.round((LEAST_IN_BIN * insideVoxels) / BRATS_BRAIN));
  return min + (lastBin(histogram(levels, OWN_BINS), least) * (max - min)) / OWN_BINS;
}

/** The last bin with so many voxels; -1 for none. */
function lastBin(counts: Uint32Array, least: number): number {
  let last = counts.length - 1;
  while (last >= 0 && counts[last] < least) last -= 1;
  return last;
}

function countVoxels({ at, count }: Levels, is: (value: number) => boolean): number {
  let sum = 0;
  for (let i = 0; i < at.length; i++) if (is(at[i])) sum += count ? count[i] : 1;
  return sum;
}

/**
 * The intensities of a scan. Those of 16 bits or fewer have at most 65,536 levels, and everything above depends on
 * a voxel's level alone, so it is computed once per level, not per voxel. Others have one level per voxel.
 */
interface Levels {
  /** [levels], ascending where `count` is there. */
  at: VoxelArray;
  /** How many voxels are at each; absent: one. */
  count?: Uint32Array;
  min: number;
  max: number;
  nonFinite: number;
}

function levelsOf(values: VoxelArray): Levels {
  const few =
    values instanceof Int16Array ||
    values instanceof Uint16Array ||
    values instanceof Uint8Array ||
    values instanceof Int8Array;
  if (!few) {
    const { min, max, nonFinite = 0 } = statisticsOf(values);
    return { at: values, min, max, nonFinite };
  }
  let [min, max] = [Infinity, -Infinity];
  for (let v = 0; v < values.length; v++) {
    const value = values[v];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const count = new Uint32Array(Math.max(0, max - min + 1));
  for (let v = 0; v < values.length; v++) count[values[v] - min] += 1;
  return { at: Float64Array.from(count, (_, i) => min + i), count, min, max, nonFinite: 0 };
}

/** table[value - min] of each voxel. */
function looked(values: VoxelArray, min: number, table: Float32Array): Float32Array {
  const result = new Float32Array(values.length);
  for (let v = 0; v < result.length; v++) result[v] = table[values[v] - min];
  return result;
}

/** Mean and population standard deviation of the voxels that aren't background. */
function momentsInside(
  scan: Float64Array,
  count: Uint32Array | undefined,
  background: number,
): { mean: number; std: number } {
  let [sum, inside, squares] = [0, 0, 0];
  for (let i = 0; i < scan.length; i++) {
    if (scan[i] === background) continue;
    const voxels = count ? count[i] : 1;
    sum += voxels * scan[i];
    inside += voxels;
  }
  const mean = sum / inside;
  for (let i = 0; i < scan.length; i++) {
    if (scan[i] !== background) squares += (count ? count[i] : 1) * (scan[i] - mean) ** 2;
  }
  return { mean, std: Math.sqrt(squares / inside) };
}

/**
 * numpy.histogram: bins of equal width, the last one with its upper edge. A voxel at an edge is put by
 * comparing it with the edge itself, so that rounding can't move it to the neighbour.
 */
function histogram({ at, count, min, max }: Levels, bins: number): Uint32Array {
  const step = (max - min) / bins;
  const edge = (i: number): number => (i === bins ? max : i * step + min);
  const counts = new Uint32Array(bins);
  for (let i = 0; i < at.length; i++) {
    const value = at[i];
    let bin = Math.min(Math.trunc(((value - min) / (max - min)) * bins), bins - 1);
    if (value < edge(bin)) bin -= 1;
    else if (bin !== bins - 1 && value >= edge(bin + 1)) bin += 1;
    counts[bin] += count ? count[i] : 1;
  }
  return counts;
}

/** A normalised scan in numbers, under the names of the reference file of the authors' code. */
export interface NormalisedDescription extends Statistics {
  clip: number;
  background: number;
  clipped_voxels: number;
  /** Voxel indices [x, y, z] in the stored array. */
  sample_index_xyz: number[][];
  /** Normalised values there. */
  sample: number[];
}

/** Voxels inside the brain on the BraTS grid. */
const BRATS_SHAPE = [240, 240, 155];
const SAMPLES = [
  [60, 120, 80],
  [120, 120, 77],
  [100, 90, 60],
  [140, 150, 100],
  [80, 100, 90],
  [110, 70, 70],
];

/**
 * What `mckd inspect --case DIR --normalised` prints of a scan.
 * @param shape [X, Y, Z]; on another grid than BraTS' the sampled voxels are scaled to it
 */
export function describeNormalised(
  { values, clip, background, clippedVoxels }: NormalisedScan,
  shape: readonly number[],
): NormalisedDescription {
  const indices = SAMPLES.map((index) =>
    index.map((at, axis) => Math.floor((at * shape[axis]) / BRATS_SHAPE[axis])),
  );
  return {
    clip,
    background,
    clipped_voxels: clippedVoxels,
    ...statisticsOf(values),
    sample_index_xyz: indices,
    sample: indices.map(([x, y, z]) => values[x + shape[0] * (y + shape[1] * z)]),
  };
}
