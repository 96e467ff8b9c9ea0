/** Values of a volume between its voxels, as scipy.ndimage.map_coordinates with mode constant and cval 0. */
import type { Size3 } from './size';
import type { Values } from './lines';
import { cubicWeights, mirroredIndex, splineCoefficients } from './spline';

/**
 * Channels of one volume at the same points; 0 at points outside its outermost voxels' centres.
 *
 * @param channels each [D, H, W]
 * @param points [3, points]: depth, height, width in voxels, 0 at the first voxel's centre
 * @param order 1 is linear, 3 the cubic spline through the voxels
 * @returns each [points]
 */
export function interpolate(
  channels: readonly Values[],
  size: Size3,
  points: Float64Array,
  order: 1 | 3,
): Float64Array[] {
  const count = points.length / 3;
  const results = channels.map(() => new Float64Array(count));
  const knots = channels.map((values) =>
    order === 3 ? splineCoefficients(values, size) : new Float64Array(values),
  );
  const value = order === 3 ? cubicValue : linearValue;
  const around = neighbourhood();
  for (let i = 0; i < count; i++) {
    const [d, h, w] = [points[i], points[count + i], points[2 * count + i]];
    if (!(d >= 0 && h >= 0 && w >= 0)) continue;
    if (d > size[0] - 1 || h > size[1] - 1 || w > size[2] - 1) continue;
    const strideD = size[1] * size[2];
    place(around, 0, d, size[0], strideD, order);
    place(around, 4, h, size[1], size[2], order);
    place(around, 8, w, size[2], 1, order);
    for (let c = 0; c < knots.length; c++) results[c][i] = value(knots[c], around);
  }
  return results;
}

/** Offsets and weights of the knots around a point: up to four for each axis, at 0, 4 and 8. */
interface Neighbourhood {
  offsets: Int32Array;
  weights: Float64Array;
}

const neighbourhood = (): Neighbourhood => ({
  offsets: new Int32Array(12),
  weights: new Float64Array(12),
});

function place(
  { offsets, weights }: Neighbourhood,
  at: number,
  coordinate: number,
  length: number,
  stride: number,
  order: 1 | 3,
): void {
  const below = Math.floor(coordinate);
  const t = coordinate - below;
  if (order === 1) {
    offsets[at] = below * stride;
    offsets[at + 1] = mirroredIndex(below + 1, length) * stride;
    weights[at] = 1 - t;
    weights[at + 1] = t;
    return;
  }
  for (let k = 0; k < 4; k++) offsets[at + k] = mirroredIndex(below - 1 + k, length) * stride;
  cubicWeights(t, weights, at);
}

function linearValue(knots: Float64Array, { offsets, weights }: Neighbourhood): number {
  let sum = 0;
  for (let a = 0; a < 2; a++) {
    for (let b = 4; b < 6; b++) {
      const row = offsets[a] + offsets[b];
      const inRow = weights[8] * knots[row + offsets[8]] + weights[9] * knots[row + offsets[9]];
      sum += weights[a] * weights[b] * inRow;
    }
  }
  return sum;
}

function cubicValue(knots: Float64Array, { offsets, weights }: Neighbourhood): number {
  const [o0, o1, o2, o3] = [offsets[8], offsets[9], offsets[10], offsets[11]];
  const [w0, w1, w2, w3] = [weights[8], weights[9], weights[10], weights[11]];
  let sum = 0;
  for (let a = 0; a < 4; a++) {
    let inPlane = 0;
    for (let b = 4; b < 8; b++) {
      const row = offsets[a] + offsets[b];
      inPlane +=
        weights[b] *
        (w0 * knots[row + o0] + w1 * knots[row + o1] + w2 * knots[row + o2] + w3 * knots[row + o3]);
    }
    sum += weights[a] * inPlane;
  }
  return sum;
}
