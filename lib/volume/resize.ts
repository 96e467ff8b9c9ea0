/**
 * A volume on a finer or coarser grid over the same space, as skimage.transform.resize 0.17.2 with scipy
 * 1.5.4 (the versions that the authors pin) and no anti-aliasing.
 *
 * Newer versions differ in the outermost voxels: they blend with what lies outside where these put 0,
 * and continue the cubic spline flat where these mirror it.
 */
import type { Size3 } from './size';
import { AXES, linesAlong, type Values } from './lines';
import { cubicWeights, mirroredIndex, splineCoefficients } from './spline';

export interface ResizeOptions {
  /** 0 takes the nearest voxel, 1 is linear, 3 the cubic spline, clipped to the values that were there. */
  order: 0 | 1 | 3;
  /** New voxels whose centre is beyond the old outermost centres: 0 (mode constant), or as at the edge. */
  outside: 'zero' | 'edge';
}

/**
 * @param values [D, H, W] of `from`
 * @returns [D, H, W] of `to`; new voxel i is at old (i + 0.5) * old / new - 0.5
 */
export function resizeVolume(
  values: Values,
  from: Size3,
  to: Size3,
  options: ResizeOptions,
): Float64Array {
  let result = options.order === 3 ? splineCoefficients(values, from) : new Float64Array(values);
  let size = from;
  for (const axis of AXES) {
    // The spline's coefficients are no values yet, so that it is evaluated on every axis.
    if (from[axis] === to[axis] && options.order !== 3) continue;
    const next: Size3 = [
      axis === 0 ? to[0] : size[0],
      axis === 1 ? to[1] : size[1],
      axis === 2 ? to[2] : size[2],
    ];
    result = resizeLines(result, size, next, axis, options);
    size = next;
  }
  if (options.order === 3) clipTo(result, values);
  return result;
}

/** For each new voxel of a line, the old ones that it is made of, and their weights. */
interface AxisTable {
  taps: number;
  indices: Int32Array;
  weights: Float64Array;
}

function axisTable(from: number, to: number, { order, outside }: ResizeOptions): AxisTable {
  const taps = order + 1;
  const table = { taps, indices: new Int32Array(to * taps), weights: new Float64Array(to * taps) };
  for (let i = 0; i < to; i++) {
    const centre = (from / to) * (i + 0.5) - 0.5;
    // Weights of 0 on one axis make the voxel 0.
    if (outside === 'zero' && (centre < 0 || centre > from - 1)) continue;
    const coordinate = Math.min(Math.max(centre, 0), from - 1);
    if (order === 0) {
      table.indices[i] = Math.floor(coordinate + 0.5);
      table.weights[i] = 1;
      continue;
    }
    const below = Math.floor(coordinate);
    const first = order === 3 ? below - 1 : below;
    for (let k = 0; k < taps; k++) table.indices[i * taps + k] = mirroredIndex(first + k, from);
    if (order === 3) {
      cubicWeights(coordinate - below, table.weights, i * taps);
    } else {
      table.weights[i * taps] = 1 - (coordinate - below);
      table.weights[i * taps + 1] = coordinate - below;
    }
  }
  return table;
}

function resizeLines(
  values: Float64Array,
  from: Size3,
  to: Size3,
  axis: 0 | 1 | 2,
  options: ResizeOptions,
): Float64Array {
  const { length, stride, outer } = linesAlong(from, axis);
  const { taps, indices, weights } = axisTable(length, to[axis], options);
  const result = new Float64Array(outer * to[axis] * stride);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to[axis]; i++) {
      const start = (o * to[axis] + i) * stride;
      for (let k = 0; k < taps; k++) {
        const weight = weights[i * taps + k];
        if (weight === 0) continue;
        const source = (o * length + indices[i * taps + k]) * stride;
        for (let inner = 0; inner < stride; inner++) {
          result[start + inner] += weight * values[source + inner];
        }
      }
    }
  }
  return result;
}

/** Brings values back between the least and the greatest of others. */
function clipTo(values: Float64Array, others: Values): void {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < others.length; i++) {
    if (others[i] < least) least = others[i];
    if (others[i] > greatest) greatest = others[i];
  }
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.min(Math.max(values[i], least), greatest);
  }
}
