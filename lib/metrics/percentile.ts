/** Percentiles. */

/**
 * numpy's `percentile` with its default, linear interpolation between the two nearest ranks.
 * @param sorted rising; at least one
 * @param percent 0..100
 */
export function percentileOfSorted(sorted: ArrayLike<number>, percent: number): number {
  const rank = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(rank);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const part = rank - below;
  // From the nearer end, as numpy does, so that equal neighbours give themselves.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}
