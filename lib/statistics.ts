/** Paired comparisons over seeds. Student's t comes from jstat. */
import { studentt } from 'jstat';

export interface PairedDifference {
  /** Mean of a_s - b_s over the seeds s. */
  difference: number;
  /** 95 % confidence interval of that mean by Student's t; absent with a single seed. */
  interval?: [number, number];
}

/** Does its interval lie on one side of 0? Never so without one. */
export function excludesZero({ interval }: PairedDifference): boolean {
  return interval !== undefined && interval[0] * interval[1] > 0;
}

/**
 * Mean and 95 % interval of the paired differences a_s - b_s (two methods, the same seeds, so the
 * same split, start and batches).
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): PairedDifference {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`pairs need equal, non-zero counts; got ${a.length} and ${b.length}`);
  }
  const n = a.length;
  const differences = a.map((value, s) => value - b[s]);
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  if (n === 1) return { difference: mean };
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  const half = studentt.inv(0.975, n - 1) * Math.sqrt(variance / n);
  return { difference: mean, interval: [mean - half, mean + half] };
}
