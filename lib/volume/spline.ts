/**
 * Cubic B-splines on a regular grid, mirrored about the outermost voxels' centres: coefficients and
 * weights as scipy.ndimage has them. Unser, Aldroubi and Eden, "Fast B-spline transforms for continuous
 * image representation and interpolation", IEEE PAMI 13(3), 1991.
 * By hand: nothing on npm gives the numbers of scipy.ndimage.
 */
import type { Size3 } from './size';
import { AXES, linesAlong, type Values } from './lines';
import { nativeLoops } from './native';

/** The root of the cubic B-spline's filter inside the unit circle. */
const POLE = Math.sqrt(3) - 2;
const GAIN = (1 - POLE) * (1 - 1 / POLE);
/** POLE to this power is below the rounding of float64. */
const LAST_TERM = 32;

/**
 * The coefficients whose cubic spline passes through the values.
 * @param values [channels, D, H, W]
 * @param into of the same length
 * @returns `into`
 */
export function splineCoefficients(
  values: Values,
  size: Size3,
  into: Float64Array = new Float64Array(values.length),
): Float64Array {
  into.set(values);
  const native = nativeLoops();
  if (native) {
    // The pole to the power of each axis' last index: a power's last bit is JavaScript's own.
    const far = Float64Array.from(size, (length) => POLE ** (length - 1));
    native.filterSpline(into, ...size, far);
    return into;
  }
  for (const axis of AXES) {
    const { length, stride } = linesAlong(size, axis);
    // One voxel is its own spline.
    if (length === 1) continue;
    const filter = stride === 1 ? filterLine : filterSideBySide;
    for (let start = 0; start < into.length; start += length * stride) {
      filter(into, start, length, stride);
    }
  }
  return into;
}

/**
 * Times the gain, then forwards and backwards by the pole; the first term of each way is what the mirrored line
 * would give.
 */
function filterLine(values: Float64Array, start: number, length: number): void {
  const last = start + length - 1;
  for (let i = start; i <= last; i++) values[i] *= GAIN;
  const far = POLE ** (length - 1);
  let first = values[start] + far * values[last];
  let power = POLE;
  for (let i = 1; i < Math.min(length - 1, LAST_TERM); i++) {
    first += power * (values[start + i] + far * values[last - i]);
    power *= POLE;
  }
  // The value before is kept at hand: reading it back from the array would take longer than the sum.
  let before = first / (1 - far * far);
  values[start] = before;
  for (let i = start + 1; i <= last; i++) {
    before = values[i] + POLE * before;
    values[i] = before;
  }
  before = ((POLE * values[last - 1] + values[last]) * POLE) / (POLE * POLE - 1);
  values[last] = before;
  for (let i = last - 1; i >= start; i--) {
    before = POLE * (before - values[i]);
    values[i] = before;
  }
}

/** `filterLine` for the `stride` lines that start side by side, in the order of memory. */
function filterSideBySide(
  values: Float64Array,
  start: number,
  length: number,
  stride: number,
): void {
  const last = start + (length - 1) * stride;
  const end = last + stride;
  const far = POLE ** (length - 1);
  for (let i = start; i < start + stride; i++) {
    values[i] = GAIN * values[i] + far * (GAIN * values[i + last - start]);
  }
  let power = POLE;
  for (let k = 1; k < Math.min(length - 1, LAST_TERM); k++) {
    let low = start + k * stride;
    let high = last - k * stride;
    for (let i = start; i < start + stride; i++) {
      values[i] += power * (GAIN * values[low++] + far * (GAIN * values[high++]));
    }
    power *= POLE;
  }
  for (let i = start; i < start + stride; i++) values[i] /= 1 - far * far;
  for (let i = start + stride; i < end; i++) {
    values[i] = GAIN * values[i] + POLE * values[i - stride];
  }
  for (let i = last; i < end; i++) {
    values[i] = ((POLE * values[i - stride] + values[i]) * POLE) / (POLE * POLE - 1);
  }
  for (let i = last - 1; i >= start; i--) values[i] = POLE * (values[i + stride] - values[i]);
}

/** Weights of the four coefficients around a point `t` (0 to 1) after the second: they sum to 1. */
export function cubicWeights(t: number, weights: Float64Array, at = 0): void {
  const rest = 1 - t;
  weights[at] = (rest * rest * rest) / 6;
  weights[at + 1] = (t * t * (t - 2) * 3 + 4) / 6;
  weights[at + 2] = (rest * rest * (rest - 2) * 3 + 4) / 6;
  weights[at + 3] = 1 - weights[at] - weights[at + 1] - weights[at + 2];
}

/** The index inside 0..length-1 that stands at `index` of the mirrored line: c b | a b c | b a. */
export function mirroredIndex(index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  if (length === 1) return 0;
  const period = 2 * length - 2;
  const turn = ((index % period) + period) % period;
  return turn < length ? turn : period - turn;
}
