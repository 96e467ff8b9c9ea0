import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactKMeans } from './k-means';

/*
numpy 2.4: every pair of cuts tried
  def exact(values, zeros, k=3):
      v, c = np.unique(np.r_[values, np.zeros(zeros)], return_counts=True)
      W, S, Q = (np.r_[0, np.cumsum(c * v**p)] for p in (0, 1, 2))
      cost = lambda a, b: Q[b] - Q[a] - (S[b] - S[a])**2 / (W[b] - W[a])
      n = len(v)
      _, i, j = min((cost(0, i) + cost(i, j) + cost(j, n), i, j)
                    for i in range(1, n - 1) for j in range(i + 1, n))
      return v[0], v[i - 1], v[i], v[j - 1], v[j], v[-1]
  i = np.arange(500); x = i * i % 10007
  v = np.where(x % 3 == 0, 250 + x % 60, 320 + x % 80)
  exact(v - 300.5, 0), exact(v - 300, 1000)
*/
const VALUES = Array.from({ length: 500 }, (_, i) => {
  const x = (i * i) % 10007;
  return x % 3 === 0 ? 250 + (x % 60) : 320 + (x % 80);
});
const ranges = (values: number[], zeros?: number) =>
  exactKMeans(values, 3, zeros)?.map(({ low, high }) => [low, high]);

test('equals the best of all cuts, zeros that are only counted included', () => {
  assert.deepEqual(ranges(VALUES.map((v) => v - 300.5)), [
    [-50.5, 3.5],
    [6.5, 56.5],
    [57.5, 98.5],
  ]);
  const shifted = VALUES.map((v) => v - 300);
  const expected = [
    [-50, -17],
    [-14, 33],
    [34, 99],
  ];
  assert.deepEqual(ranges(shifted, 1000), expected);
  assert.deepEqual(ranges([...shifted, ...new Array<number>(1000).fill(0)]), expected);
});

test('no clustering of small sets into 1, 2 or 4 clusters costs less', () => {
  for (let set = 0; set < 40; set++) {
    const values = Array.from({ length: 9 }, (_, i) => ((set * 31 + i * i * 17) % 53) / 4);
    for (const k of [1, 2, 4]) {
      const clusters = exactKMeans(values, k);
      assert.ok(clusters && clusters.length === k);
      const total = clusters.reduce((sum, { low, high }) => sum + squares(values, low, high), 0);
      assert.ok(Math.abs(total - leastSquares(values, k)) < 1e-9, `${set}, ${k}: ${total}`);
      assert.equal(
        clusters.reduce((sum, { count }) => sum + count, 0),
        values.length,
      );
    }
  }
});

test('the order of the values doesn’t matter, and they are not changed', () => {
  const values = Float32Array.from(VALUES);
  const first = exactKMeans(values, 3, 7);
  assert.deepEqual(exactKMeans(values.slice().reverse(), 3, 7), first);
  assert.deepEqual(values, Float32Array.from(VALUES));
});

test('fewer distinct values than clusters have no clusters; 0 and -0 are one value', () => {
  assert.equal(exactKMeans([], 3), undefined);
  assert.equal(exactKMeans([5, 5, 5], 2), undefined);
  assert.equal(exactKMeans([0, -0, 4], 3, 10), undefined);
  assert.deepEqual(ranges([3, 9], 10), [
    [0, 0],
    [3, 3],
    [9, 9],
  ]);
});

/** The least sum of squares over all ways to cut the sorted values, by trying each. */
function leastSquares(values: number[], k: number): number {
  const sorted = values.slice().sort((a, b) => a - b);
  const best = (start: number, left: number): number => {
    if (left === 1) return start < sorted.length ? squaresOf(sorted.slice(start)) : Infinity;
    let least = Infinity;
    for (let end = start + 1; end < sorted.length; end++) {
      least = Math.min(least, squaresOf(sorted.slice(start, end)) + best(end, left - 1));
    }
    return least;
  };
  return best(0, k);
}

function squares(values: number[], low: number, high: number): number {
  return squaresOf(values.filter((value) => value >= low && value <= high));
}

function squaresOf(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
