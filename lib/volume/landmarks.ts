/**
 * Standardisation of histograms by landmarks, as U-HVED's and U-HeMIS's preparation does it.
 *
 * Sources: Nyúl, Udupa and Zhang, IEEE Transactions on Medical Imaging 19 (2000) 143-150; NiftyNet 0.5.0
 * (`niftynet/utilities/histogram_standardisation.py`, kind `percentile`) with the cutoffs of github.com/ReubenDo/U-HVED at
 * 1d293a8.
 */
import { z } from 'zod';
import { UserError } from '../base/errors';
import type { Modality } from '../base/modality';
import { mean, quantileOfSorted } from '../base/statistics';
import type { VoxelArray } from '../formats/nifti';
import { sortedAt } from './percentiles';

/** The cutoffs, and the deciles between them. */
const SHARES = [0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999] as const;
/** What the cutoffs of a training case are mapped to before cases are averaged. */
const STANDARD = 100;

/** Of each modality, [11], rising from 0 to 100: where the standard histogram has its percentiles. */
export type Landmarks = Readonly<Record<Modality, readonly number[]>>;

const ofModality = z.array(z.number()).length(SHARES.length);

export const landmarksSchema: z.ZodType<Landmarks> = z.strictObject({
  flair: ofModality,
  t1: ofModality,
  t1ce: ofModality,
  t2: ofModality,
});

/**
 * A scan's intensities at the percentiles of the landmarks, [11].
 * @param foreground indices of voxels, at least one
 * @param file for messages
 * @throws UserError if its cutoffs are equal
 */
export function percentilesOf(
  values: VoxelArray,
  foreground: Uint32Array,
  file = 'the scan',
): number[] {
  const sorted = sortedAt(values, foreground);
  const found = SHARES.map((share) => quantileOfSorted(sorted, share));
  const [first, last] = [found[0], found[found.length - 1]];
  if (first < last) return found;
  const field = `percentiles ${100 * SHARES[0]} and ${100 * SHARES[SHARES.length - 1]} of the foreground`;
  throw new UserError(
    `${file}: ${field} are both ${first} and should differ; look at the scan, or choose another brats.normalisation`,
    { code: 'BAD_FILE', file, field, value: first },
  );
}

/**
 * The landmarks of one modality: each training scan's percentiles, mapped linearly so that its cutoffs become 0 and 100;
 * then their mean.
 * @param all as from `percentilesOf`, at least one
 */
export function averageLandmarks(all: readonly (readonly number[])[]): number[] {
  const mapped = all.map((own) => {
    const [first, last] = [own[0], own[own.length - 1]];
    return own.map((value) => (STANDARD * (value - first)) / (last - first));
  });
  return SHARES.map((_, i) => mean(mapped.map((own) => own[i])));
}

/** A scan on the standard scale. */
export interface StandardisedScan {
  /** [voxels] */
  values: Float32Array;
  /** What 0 became. */
  zero: number;
}

/**
 * A scan on the standard scale: piecewise linear, its percentiles to the landmarks; beyond the cutoffs the first and the
 * last piece go on. Where two percentiles are equal, the piece between them is constant.
 *
 * @param values [voxels]; not changed
 * @param own as from `percentilesOf`
 * @param landmarks [11] of its modality
 */
export function standardise(
  values: VoxelArray,
  own: readonly number[],
  landmarks: readonly number[],
): StandardisedScan {
  const pieces = own.slice(1).map((to, i) => {
    const [from, width] = [own[i], to - own[i]];
    const slope = width === 0 ? 0 : (landmarks[i + 1] - landmarks[i]) / width;
    return { slope, intercept: landmarks[i] - slope * from };
  });
  const inner = own.slice(1, -1);
  const standard = (value: number): number => {
    let piece = 0;
    while (piece < inner.length && value >= inner[piece]) piece += 1;
    return pieces[piece].slope * value + pieces[piece].intercept;
  };
  return { values: Float32Array.from(values, standard), zero: standard(0) };
}
