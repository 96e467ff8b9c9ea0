/**
 * Cubic B-splines on a regular grid, mirrored about the outermost voxels' centres: coefficients and
 * weights as scipy.ndimage has them. Unser, Aldroubi and Eden, "Fast B-spline transforms for continuous
 * image representation and interpolation", IEEE PAMI 13(3), 1991.
 * By hand: nothing on npm gives the numbers of scipy.ndimage.
 */
import type { Size3 } from './size';
import { AXES, linesAlong, type Values } from './lines';

/** The root of the cubic B-spline's filter inside the unit circle. */
const POLE = Math.sqrt(3) - 2;
const GAIN = (1 - POLE) * (1 - 1 / POLE);
/** POLE to this power is below the rounding of float64. */
const LAST_TERM = 32;

/**
 * The coefficients whose cubic spline passes through the values.
 * @param values [D, H, W]
 * @returns [D, H, W]
 */
export function splineCoefficients(values: Values, size: Size3): Float64Array {
  const result = new Float64Array(values);
  for (const axis of AXES) {
    const { length, stride, outer } = linesAlong(size, axis);
    // One voxel is its own spline.
    if (length === 1) continue;
    const line = new Float64Array(length);
    for (let o = 0; o < outer; o++) {
      for (let inner = 0; inner < stride; inner++) {
        const start = o * length * stride + inner;
        for (let i = 0; i < length; i++) line[i] = GAIN * result[start + i * stride];
        filterLine(line);
        for (let i = 0; i < length; i++) result[start + i * stride] = line[i];
      }
    }
  }
  return result;
}

/** Forwards and backwards by the pole; the first term of each way is what the mirrored line would give. */
function filterLine(line: Float64Array): void {
  const last = line.length - 1;
  const far = POLE ** last;
  let first = line[0] + far * line[last];
  let power = POLE;
  for (let i = 1; i < Math.min(last, LAST_TERM); i++) {
    first += power * (line[i] + far * line[last - i]);
    power *= POLE;
  }
  line[0] = first / (1 - far * far);
  for (let i = 1; i <= last; i++) line[i] += POLE * line[i - 1];
  line[last] = ((POLE * line[last - 1] + line[last]) * POLE) / (POLE * POLE - 1);
  for (let i = last - 1; i >= 0; i--) line[i] = POLE * (line[i + 1] - line[i]);
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
