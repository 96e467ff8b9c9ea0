/** One metric over the cases. */
import { mean, quantileOfSorted, sampleSd } from '../base/statistics';

export interface Summary {
  /** NaN if there are none. */
  mean: number;
  /** Sample standard deviation (n - 1); null for fewer than two, which have none. */
  sd: number | null;
  median: number;
  /** Number of values. */
  n: number;
  /** How many are NaN and left out. */
  leftOut: number;
}

/** Mean, standard deviation and median of what isn't NaN. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const n = sorted.length;
  const leftOut = values.length - n;
  if (n === 0) return { mean: NaN, sd: null, median: NaN, n, leftOut };
  return {
    mean: mean(sorted),
    sd: sampleSd(sorted) ?? null,
    median: quantileOfSorted(sorted, 0.5),
    n,
    leftOut,
  };
}
