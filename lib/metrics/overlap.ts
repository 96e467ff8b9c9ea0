/** Metrics that count voxels. */
import { UserError } from '../base/errors';
import type { MetricOptions } from './conventions';

/** Each in 0..1, or NaN where the convention says so. */
export interface OverlapScores {
  /** 2 |P and T| / (|P| + |T|). */
  dice: number;
  /** |P and T| / |T|. */
  sensitivity: number;
  /** |neither P nor T| / |not T|, over the whole volume. */
  specificity: number;
  /** |P|, voxels. */
  predictionVoxels: number;
  /** |T|, voxels. */
  truthVoxels: number;
}

/** The counts behind the scores. Counts of a volume's parts add up to those of the whole. */
export interface OverlapCounts {
  /** |P and T|, voxels. */
  both: number;
  /** |P|, voxels. */
  prediction: number;
  /** |T|, voxels. */
  truth: number;
  /** All voxels. */
  all: number;
}

/**
 * Dice, sensitivity and specificity of two masks; for an empty region see `scoresOfCounts`.
 *
 * @param prediction [voxels], not 0 inside
 * @param truth [voxels], not 0 inside
 * @throws UserError when the masks differ in length
 */
export function overlapScores(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  options: Pick<MetricOptions, 'convention'> = {},
): OverlapScores {
  return scoresOfCounts(overlapCounts(prediction, truth), options);
}

/**
 * Voxels inside each of two masks, and inside both.
 * @param prediction [voxels], not 0 inside
 * @param truth [voxels], not 0 inside
 * @throws UserError when the masks differ in length
 */
export function overlapCounts(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
): OverlapCounts {
  requireEqualLengths(prediction, truth);
  let [both, inPrediction, inTruth] = [0, 0, 0];
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [prediction[i] !== 0, truth[i] !== 0];
    if (p) inPrediction += 1;
    if (t) inTruth += 1;
    if (p && t) both += 1;
  }
  return { both, prediction: inPrediction, truth: inTruth, all: truth.length };
}

/**
 * The scores of some counts. By `brats` an empty ground truth gives Dice and sensitivity 1 if the prediction
 * is empty too and 0 otherwise, as in the challenge's evaluation.
 */
export function scoresOfCounts(
  { both, prediction, truth, all }: OverlapCounts,
  { convention = 'brats' }: Pick<MetricOptions, 'convention'> = {},
): OverlapScores {
  const outside = all - truth;
  const brats = convention === 'brats';
  const ratio = (part: number, whole: number, otherwise: number): number =>
    whole > 0 ? part / whole : brats ? otherwise : NaN;
  return {
    dice: ratio(2 * both, prediction + truth, 1),
    sensitivity: ratio(both, truth, prediction === 0 ? 1 : 0),
    specificity: ratio(outside - (prediction - both), outside, 1),
    predictionVoxels: prediction,
    truthVoxels: truth,
  };
}

/**
 * Dice of two masks, 2 |A and B| / (|A| + |B|). By BraTS' rule an empty ground truth gives 1 if the
 * prediction is empty too, and 0 otherwise.
 * @param prediction [voxels], not 0 inside
 * @param truth [voxels], not 0 inside
 */
export function diceScore(prediction: ArrayLike<number>, truth: ArrayLike<number>): number {
  return overlapScores(prediction, truth).dice;
}

/** @throws UserError when two masks differ in length */
export function requireEqualLengths(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  voxels = truth.length,
): void {
  for (const [name, { length }] of Object.entries({ prediction, truth })) {
    if (length === voxels) continue;
    throw new UserError(
      `${name} has ${length} voxels and should have ${voxels}; bring both to one grid`,
      { code: 'MISMATCH', field: name, value: length },
    );
  }
}
