/**
 * A volume on a finer or coarser grid over the same space, as skimage.transform.resize 0.17.2 with scipy
 * 1.5.4 (the versions that the authors pin) and no anti-aliasing.
 *
 * Newer versions differ in the outermost voxels: they blend with what lies outside where these put 0,
 * and continue the cubic spline flat where these mirror it.
 */
import { AXES, type Values } from './lines';
import { axisTable, resampleAxis, type AxisTableOptions } from './resample-axis';
import { openScratch } from './scratch';
import type { Size3 } from './size';
import { splineCoefficients } from './spline';

const scratches = [openScratch(), openScratch()] as const;

/**
 * By the cubic spline, the result is clipped to the values that were there.
 * @param values [D, H, W] of `from`
 * @param into [D, H, W] of `to`; new voxel i is at old (i + 0.5) * old / new - 0.5
 */
export function resizeVolume(
  values: Values,
  from: Size3,
  to: Size3,
  options: AxisTableOptions,
  into: Values,
): void {
  const changed = AXES.filter((axis) => from[axis] !== to[axis]);
  if (options.order === 0 && changed.length > 0) {
    nearest(values, from, to, options.outside, into);
    return;
  }
  let result = scratches[1](values.length);
  if (options.order === 3) splineCoefficients(values, from, result);
  else result.set(values);
  let size = from;
  // The spline's coefficients are no values yet, so that it is evaluated on every axis.
  const axes = options.order === 3 ? AXES : changed;
  for (const [i, axis] of axes.entries()) {
    const table = axisTable(centres(from[axis], to[axis]), from[axis], options);
    result = resampleAxis(result, size, axis, table, scratches[i % 2]);
    size = [
      axis === 0 ? to[0] : size[0],
      axis === 1 ? to[1] : size[1],
      axis === 2 ? to[2] : size[2],
    ];
  }
  if (options.order === 3) clipTo(result, values);
  into.set(result);
}

/** Each axis' new voxels, in old voxels from the first one's centre. */
function centres(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to }, (_, i) => (from / to) * (i + 0.5) - 0.5);
}

/** Every new voxel's nearest old one, on all three axes at once. */
function nearest(
  values: Values,
  from: Size3,
  to: Size3,
  outside: 'zero' | 'edge',
  into: Values,
): void {
  const [d, h, w] = AXES.map((axis) =>
    axisTable(centres(from[axis], to[axis]), from[axis], { order: 0, outside }),
  );
  for (let i = 0, at = 0; i < to[0]; i++) {
    for (let j = 0; j < to[1]; j++) {
      const row = (d.indices[i] * from[1] + h.indices[j]) * from[2];
      const inside = d.weights[i] * h.weights[j] !== 0;
      for (let k = 0; k < to[2]; k++, at++) {
        // 0 + -0 is 0, as in a sum over taps.
        into[at] = inside && w.weights[k] !== 0 ? 0 + values[row + w.indices[k]] : 0;
      }
    }
  }
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
