/** One metric over the cases. */
import { percentileOfSorted } from './percentile';

export interface Summary {
  /** NaN where no case counts. */
  mean: number;
  /** Sample standard deviation (n - 1); NaN for fewer than two. */
  sd: number;
  median: number;
  /** How many count. */
  n: number;
  /** How many are NaN and left out. */
  leftOut: number;
}

/** Mean, standard deviation and median of what isn't NaN. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const n = sorted.length;
  const leftOut = values.length - n;
  if (n === 0) return { mean: NaN, sd: NaN, median: NaN, n, leftOut };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : NaN;
  return { mean, sd, median: percentileOfSorted(sorted, 50), n, leftOut };
}
