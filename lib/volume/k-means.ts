/** k-means of numbers, solved exactly: no start, no iterations, so the same answer at every run. */

/** A cluster: all values from `low` to `high`. */
export interface ValueCluster {
  low: number;
  high: number;
  /** Its mean. */
  centre: number;
  /** How many values it holds. */
  count: number;
}

/**
 * The k clusters with the least sum of squared distances to their means.
 *
 * In one dimension the best clusters are intervals of the sorted values, so the best cost of the first j
 * distinct values in m clusters is
 *
 *     D[m][j] = min over i < j of D[m - 1][i] + cost(i, j)
 *
 * and the best i never falls as j grows, which leaves O(k n log n) (Wang and Song, Ckmeans.1d.dp,
 * R Journal 2011, with the divide and conquer of later versions). Of equal solutions the lowest cuts win.
 *
 * @param values any order, finite; not changed
 * @param zeros that many further values of 0, which needn't be in the array
 * @returns k clusters by rising centre; undefined where there are fewer than k distinct values
 */
export function exactKMeans(
  values: ArrayLike<number>,
  k: number,
  zeros = 0,
): ValueCluster[] | undefined {
  const { distinct, counts } = countDistinct(values, zeros);
  const n = distinct.length;
  if (n < k) return undefined;
  const cost = costOfIntervals(distinct, counts);

  let previous: Float64Array = Float64Array.from({ length: n + 1 }, (_, j) =>
    j === 0 ? 0 : cost(0, j),
  );
  const cuts: Int32Array[] = [];
  for (let m = 2; m <= k; m++) {
    const level = bestCuts(previous, cost, m);
    previous = level.costs;
    cuts.push(level.cuts);
  }

  const clusters: ValueCluster[] = [];
  for (let end = n; end > 0;) {
    const start = cuts.pop()?.[end] ?? 0;
    let [sum, count] = [0, 0];
    for (let i = start; i < end; i++) {
      sum += distinct[i] * counts[i];
      count += counts[i];
    }
    clusters.unshift({ low: distinct[start], high: distinct[end - 1], centre: sum / count, count });
    end = start;
  }
  return clusters;
}

/** The values in rising order, each once, and how often each is there. */
function countDistinct(
  values: ArrayLike<number>,
  zeros: number,
): { distinct: number[]; counts: number[] } {
  // One zero stands for all of them while sorting.
  const sorted = new Float64Array(values.length + (zeros > 0 ? 1 : 0));
  sorted.set(values);
  sorted.sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    // -0 sorts before 0, and is 0.
    if (distinct.length > 0 && distinct[distinct.length - 1] === value) counts[counts.length - 1]++;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  if (zeros > 0) counts[distinct.indexOf(0)] += zeros - 1;
  return { distinct, counts };
}

type IntervalCost = (start: number, end: number) => number;

/** Sum of squared distances to the mean within [start, end), from running sums. */
function costOfIntervals(distinct: readonly number[], counts: readonly number[]): IntervalCost {
  const n = distinct.length;
  const [weights, sums, squares] = [0, 1, 2].map(() => new Float64Array(n + 1));
  for (let i = 0; i < n; i++) {
    weights[i + 1] = weights[i] + counts[i];
    sums[i + 1] = sums[i] + counts[i] * distinct[i];
    squares[i + 1] = squares[i] + counts[i] * distinct[i] ** 2;
  }
  return (start, end) => {
    const sum = sums[end] - sums[start];
    return squares[end] - squares[start] - (sum * sum) / (weights[end] - weights[start]);
  };
}

/** D[m] and, for each j, the start of its last cluster, from D[m - 1]. */
function bestCuts(
  previous: Float64Array,
  cost: IntervalCost,
  m: number,
): { costs: Float64Array; cuts: Int32Array } {
  const n = previous.length - 1;
  const costs = new Float64Array(n + 1).fill(Infinity);
  const cuts = new Int32Array(n + 1);
  const solve = (from: number, to: number, lowest: number, highest: number): void => {
    if (from > to) return;
    const j = (from + to) >> 1;
    for (let i = lowest; i <= Math.min(highest, j - 1); i++) {
      const total = previous[i] + cost(i, j);
      if (total < costs[j]) [costs[j], cuts[j]] = [total, i];
    }
    solve(from, j - 1, lowest, cuts[j]);
    solve(j + 1, to, cuts[j], highest);
  };
  solve(m, n, m - 1, n - 1);
  return { costs, cuts };
}
