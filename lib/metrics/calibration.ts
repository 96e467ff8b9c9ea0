/** Calibration: do voxels that are given a probability p belong to the region in a share p of the cases? */

/** Bins of equal width over [0, 1], as in Guo et al., ICML 2017. */
const CALIBRATION_BINS = 15;

/** Of each bin: voxels, the sum of their probabilities, and how many of them belong to the region. */
export interface CalibrationBins {
  counts: Float64Array;
  probabilities: Float64Array;
  truths: Float64Array;
}

export function emptyBins(): CalibrationBins {
  const bins = (): Float64Array => new Float64Array(CALIBRATION_BINS);
  return { counts: bins(), probabilities: bins(), truths: bins() };
}

/**
 * Counts voxels into the bins, which are changed.
 * @param probabilities in [0, 1]
 * @param truth as long; not 0 inside the region
 */
export function addToBins(
  { counts, probabilities: sums, truths }: CalibrationBins,
  probabilities: Float32Array,
  truth: ArrayLike<number>,
): void {
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i];
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(p * CALIBRATION_BINS));
    counts[bin] += 1;
    sums[bin] += p;
    if (truth[i] !== 0) truths[bin] += 1;
  }
}

/**
 * Expected calibration error: over the bins, the mean of |mean probability - share of the region|, weighted by voxels.
 * NaN without voxels.
 */
export function calibrationError({ counts, probabilities, truths }: CalibrationBins): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const gaps = probabilities.reduce((sum, p, bin) => sum + Math.abs(p - truths[bin]), 0);
  return gaps / total;
}
