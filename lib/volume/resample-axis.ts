/** New voxels of a volume along one axis, each from a few of the old ones. */
import { linesAlong } from './lines';
import { nativeLoops } from './native';
import type { Scratch } from './scratch';
import type { Size3 } from './size';
import { cubicWeights, mirroredIndex } from './spline';

/** 0 takes the nearest voxel, 1 is linear, 3 the cubic spline whose coefficients the volume holds. */
export type Order = 0 | 1 | 3;

/** For each new voxel of a line, the old ones that it is made of, and their weights. */
export interface AxisTable {
  taps: number;
  /** [new voxels, taps] */
  indices: Int32Array;
  /** [new voxels, taps]; all 0 where the new voxel is to be 0. */
  weights: Float64Array;
}

export interface AxisTableOptions {
  order: Order;
  /** New voxels beyond the outermost centres: 0 (mode constant), or as at the edge. */
  outside: 'zero' | 'edge';
}

/**
 * @param coordinates of the new voxels, in old voxels from the first one's centre
 * @param length of the old line
 */
export function axisTable(
  coordinates: Float64Array,
  length: number,
  { order, outside }: AxisTableOptions,
): AxisTable {
  const taps = order + 1;
  const indices = new Int32Array(coordinates.length * taps);
  const weights = new Float64Array(coordinates.length * taps);
  for (let i = 0; i < coordinates.length; i++) {
    const wanted = coordinates[i];
    if (outside === 'zero' && !(wanted >= 0 && wanted <= length - 1)) continue;
    const coordinate = Math.min(Math.max(wanted, 0), length - 1);
    if (order === 0) {
      indices[i] = Math.floor(coordinate + 0.5);
      weights[i] = 1;
      continue;
    }
    const below = Math.floor(coordinate);
    const first = order === 3 ? below - 1 : below;
    for (let k = 0; k < taps; k++) indices[i * taps + k] = mirroredIndex(first + k, length);
    if (order === 3) {
      cubicWeights(coordinate - below, weights, i * taps);
    } else {
      weights[i * taps] = 1 - (coordinate - below);
      weights[i * taps + 1] = coordinate - below;
    }
  }
  return { taps, indices, weights };
}

/**
 * @param values [D, H, W] of finite numbers
 * @param table of two or four taps
 * @returns the same but for this axis, which has the table's new voxels; in the scratch's memory
 */
export function resampleAxis(
  values: Float64Array,
  size: Size3,
  axis: 0 | 1 | 2,
  table: AxisTable,
  scratch: Scratch,
): Float64Array {
  const { length, stride, outer } = linesAlong(size, axis);
  const result = scratch((table.weights.length / table.taps) * outer * stride);
  const { taps, indices, weights } = table;
  const native = nativeLoops();
  if (native) native.resample(values, length, stride, indices, weights, taps, result);
  else (taps === 4 ? fromFour : fromTwo)(values, result, length, stride, table);
  return result;
}

/** Sums begin with 0, as those of a loop over the taps: 0 + -0 is 0. */
function fromTwo(
  values: Float64Array,
  result: Float64Array,
  length: number,
  stride: number,
  { indices, weights }: AxisTable,
): void {
  const made = indices.length / 2;
  let to = 0;
  for (let start = 0; start < values.length; start += length * stride) {
    for (let i = 0; i < made; i++) {
      let a = start + indices[2 * i] * stride;
      let b = start + indices[2 * i + 1] * stride;
      const v = weights[2 * i];
      const w = weights[2 * i + 1];
      for (const end = to + stride; to < end; to++) {
        result[to] = 0 + v * values[a++] + w * values[b++];
      }
    }
  }
}

function fromFour(
  values: Float64Array,
  result: Float64Array,
  length: number,
  stride: number,
  { indices, weights }: AxisTable,
): void {
  const made = indices.length / 4;
  let to = 0;
  for (let start = 0; start < values.length; start += length * stride) {
    for (let i = 0; i < made; i++) {
      const k = 4 * i;
      let a = start + indices[k] * stride;
      let b = start + indices[k + 1] * stride;
      let c = start + indices[k + 2] * stride;
      let d = start + indices[k + 3] * stride;
      const s = weights[k];
      const t = weights[k + 1];
      const u = weights[k + 2];
      const v = weights[k + 3];
      for (const end = to + stride; to < end; to++) {
        result[to] = 0 + s * values[a++] + t * values[b++] + u * values[c++] + v * values[d++];
      }
    }
  }
}
