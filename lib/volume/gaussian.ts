/** Gaussian smoothing of a volume, as scipy.ndimage.gaussian_filter with its default truncate of 4. */
import type { Size3 } from './size';
import { AXES, linesAlong, type Lines } from './lines';
import { nativeLoops } from './native';

/** What lies beyond the border: 0 (mode constant), or the volume mirrored, its last voxel repeated (mode reflect). */
export type Border = 'zero' | 'reflect';

/** The kernel is cut at this many standard deviations. */
const TRUNCATE = 4;

/**
 * Smooths a volume along each axis by a sampled Gaussian of `sigma` voxels that sums to 1.
 * @param values [D, H, W], changed in place
 */
export function gaussianFilter(
  values: Float64Array,
  size: Size3,
  sigma: number,
  border: Border,
): void {
  const kernel = gaussianKernel(sigma);
  if (kernel.length === 1) return;
  const native = nativeLoops();
  if (native) {
    native.smooth(values, ...size, kernel, border === 'reflect');
    return;
  }
  for (const axis of AXES) smoothLines(values, linesAlong(size, axis), kernel, border);
}

/** Half of the symmetric kernel: the weights at distances 0, 1, ... int(4 sigma + 0.5). */
function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.trunc(TRUNCATE * sigma + 0.5);
  const kernel = new Float64Array(radius + 1).fill(1);
  let sum = 1;
  for (let k = 1; k <= radius; k++) {
    kernel[k] = Math.exp((-0.5 / (sigma * sigma)) * k * k);
    sum += 2 * kernel[k];
  }
  return kernel.map((weight) => weight / sum);
}

function smoothLines(
  values: Float64Array,
  { length, stride, outer }: Lines,
  kernel: Float64Array,
  border: Border,
): void {
  const radius = kernel.length - 1;
  // Four outputs are made at once, so up to three more are read beyond the last.
  const line = new Float64Array(length + 2 * radius + 3);
  for (let o = 0; o < outer; o++) {
    for (let inner = 0; inner < stride; inner++) {
      const start = o * length * stride + inner;
      for (let i = 0; i < length; i++) line[radius + i] = values[start + i * stride];
      if (border === 'reflect') reflectEnds(line, length, radius);
      for (let i = 0; i < length; i += 4) {
        const at = radius + i;
        // The four values to the left and to the right at one distance are those at the last one, moved by one.
        let l0 = line[at];
        let l1 = line[at + 1];
        let l2 = line[at + 2];
        let l3 = line[at + 3];
        let r0 = l0;
        let r1 = l1;
        let r2 = l2;
        let r3 = l3;
        let a = kernel[0] * l0;
        let b = kernel[0] * l1;
        let c = kernel[0] * l2;
        let d = kernel[0] * l3;
        for (let k = 1; k <= radius; k++) {
          l3 = l2;
          l2 = l1;
          l1 = l0;
          l0 = line[at - k];
          r0 = r1;
          r1 = r2;
          r2 = r3;
          r3 = line[at + 3 + k];
          const weight = kernel[k];
          a += weight * (l0 + r0);
          b += weight * (l1 + r1);
          c += weight * (l2 + r2);
          d += weight * (l3 + r3);
        }
        const to = start + i * stride;
        values[to] = a;
        if (i + 1 < length) values[to + stride] = b;
        if (i + 2 < length) values[to + 2 * stride] = c;
        if (i + 3 < length) values[to + 3 * stride] = d;
      }
    }
  }
}

/** Fills `radius` values on each side of a line: c b a | a b c | c b a, repeatedly if it is short. */
function reflectEnds(line: Float64Array, length: number, radius: number): void {
  for (let i = 1; i <= radius; i++) {
    const turn = (i - 1) % (2 * length);
    const from = turn < length ? turn : 2 * length - 1 - turn;
    line[radius - i] = line[radius + from];
    line[radius + length - 1 + i] = line[radius + length - 1 - from];
  }
}
