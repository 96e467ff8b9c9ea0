/** k-means (Lloyd) from starts by k-means++ (Arthur and Vassilvitskii 2007), the best of several. */
import { UserError } from './errors';
import type { RandomStream } from './random';

export interface Clusters {
  /** [k][size]. */
  centres: number[][];
  /** Centre of each point. */
  assigned: number[];
  /** Sum over points of the squared distance to their centre. */
  inertia: number;
}

export interface KMeansOptions {
  /** Starts that are tried. Default: 10. */
  starts?: number;
  /** Default: 300. */
  iterations?: number;
}

const squaredDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
};

/**
 * @param points [P][size]
 * @throws UserError where there are fewer points than centres
 */
export function kMeans(
  points: readonly ArrayLike<number>[],
  k: number,
  stream: RandomStream,
  { starts = 10, iterations = 300 }: KMeansOptions = {},
): Clusters {
  if (points.length < k) {
    throw new UserError(`${points.length} points can not have ${k} centres; give more points`, {
      code: 'BAD_VALUE',
      field: 'points',
      value: points.length,
    });
  }
  let best: Clusters | undefined;
  for (let start = 0; start < starts; start++) {
    const found = lloyd(points, plusPlus(points, k, stream), iterations);
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best as Clusters;
}

/** Each further centre is a point, drawn in proportion to its squared distance from the nearest one before. */
function plusPlus(
  points: readonly ArrayLike<number>[],
  k: number,
  stream: RandomStream,
): number[][] {
  const centres = [Array.from(points[stream.integer(points.length)])];
  const distances = points.map((point) => squaredDistance(point, centres[0]));
  while (centres.length < k) {
    const total = distances.reduce((sum, d) => sum + d, 0);
    let left = stream.uniform() * total;
    let chosen = distances.findIndex((d) => (left -= d) < 0);
    if (chosen < 0) chosen = stream.integer(points.length);
    const centre = Array.from(points[chosen]);
    centres.push(centre);
    points.forEach((point, p) => {
      distances[p] = Math.min(distances[p], squaredDistance(point, centre));
    });
  }
  return centres;
}

/** A centre without points stays where it is. */
function lloyd(
  points: readonly ArrayLike<number>[],
  centres: number[][],
  iterations: number,
): Clusters {
  let assigned: number[] = [];
  for (let i = 0; i < iterations; i++) {
    const next = points.map((point) => nearest(point, centres));
    if (next.every((c, p) => c === assigned[p])) break;
    assigned = next;
    centres = centres.map((centre, c) => {
      const own = points.filter((_, p) => assigned[p] === c);
      if (own.length === 0) return centre;
      return centre.map((_, at) => own.reduce((sum, point) => sum + point[at], 0) / own.length);
    });
  }
  const inertia = points.reduce(
    (sum, point, p) => sum + squaredDistance(point, centres[assigned[p]]),
    0,
  );
  return { centres, assigned, inertia };
}

function nearest(point: ArrayLike<number>, centres: readonly number[][]): number {
  let best = 0;
  let least = Infinity;
  centres.forEach((centre, c) => {
    const distance = squaredDistance(point, centre);
    if (distance < least) [best, least] = [c, distance];
  });
  return best;
}
