/**
 * RFNet's preparation of a case, which mmFormer and the methods compared with them share: a box around the brain, and
 * for each scan the mean and standard deviation of the voxels of the brain, the same ones for all scans.
 *
 * Source: `preprocess.py` of github.com/YaoZhang93/mmFormer at a9a35a5 and RFNet's data of the same form.
 */
import { UserError } from '../base/errors';
import type { VoxelArray } from '../formats/nifti';

/** The first index along an axis, and the one after the last. */
export type Span = readonly [from: number, to: number];

/** A box of a grid. */
export interface GridBox {
  /** [X, Y, Z] of the grid. */
  shape: readonly number[];
  spans: readonly Span[];
}

/** A box is at least so many voxels long along each axis, where the grid is. */
const LEAST_BOX = 128;

/**
 * Along each axis, where there are voxels that are not 0 in some scan.
 *
 * @param scans [X * Y * Z] each, the first index fastest, with a voxel that isn't 0 among them
 * @param shape [X, Y, Z]
 */
export function nonzeroSpans(
  scans: readonly VoxelArray[],
  [width, height, depth]: readonly number[],
): Span[] {
  const [least, greatest] = [
    [width, height, depth],
    [-1, -1, -1],
  ];
  const see = (axis: number, at: number): void => {
    if (at < least[axis]) least[axis] = at;
    if (at > greatest[axis]) greatest[axis] = at;
  };
  for (const values of scans) {
    for (let z = 0, row = 0; z < depth; z++) {
      for (let y = 0; y < height; y++, row += width) {
        let [first, last] = [0, width - 1];
        while (first < width && values[row + first] === 0) first += 1;
        if (first === width) continue;
        while (values[row + last] === 0) last -= 1;
        see(0, first);
        see(0, last);
        see(1, y);
        see(2, z);
      }
    }
  }
  return least.map((from, axis) => [from, greatest[axis] + 1]);
}

/**
 * The box around these voxels: from the first one up to and without the last one, as the authors' code slices it; where
 * that is less than 128, longer by (128 - length) / 2, rounded down, on both sides, and by one more at the end. A box that
 * would begin before the grid is shifted into it, and one that would end after it ends with it.
 *
 * @param spans as from `nonzeroSpans`
 * @param shape of the grid
 */
export function boxAround(spans: readonly Span[], shape: readonly number[]): Span[] {
  return spans.map(([first, end], axis) => {
    let [from, to] = [first, end - 1];
    if (to - from < LEAST_BOX) {
      const more = Math.floor((LEAST_BOX - (to - from)) / 2);
      [from, to] = [from - more, to + more + 1];
    }
    if (from < 0) [from, to] = [0, to - from];
    return [from, Math.min(to, shape[axis])];
  });
}

/**
 * The same voxels on a grid with another number of voxels over the same space: those that they touch.
 * @param shape [X, Y, Z] of the spans' grid
 * @param wanted [X, Y, Z]
 */
export function resampledSpans(
  spans: readonly Span[],
  shape: readonly number[],
  wanted: readonly number[],
): Span[] {
  return spans.map(([from, to], axis) => [
    Math.floor((from * wanted[axis]) / shape[axis]),
    Math.ceil((to * wanted[axis]) / shape[axis]),
  ]);
}

/**
 * The brain: the voxels of the box where the sum of the scans is above 0.
 *
 * @param scans [X * Y * Z] each, the first index fastest
 * @param shape [X, Y, Z]
 * @param name of the case, for messages
 * @returns [voxels]: their indices
 * @throws UserError if there are none
 */
export function brainVoxels(
  scans: readonly VoxelArray[],
  [width, height]: readonly number[],
  [[left, right], [front, back], [bottom, top]]: readonly Span[],
  name: string,
): Uint32Array {
  const found = new Uint32Array((right - left) * (back - front) * (top - bottom));
  let count = 0;
  for (let z = bottom; z < top; z++) {
    for (let y = front; y < back; y++) {
      const row = width * (y + height * z);
      for (let voxel = row + left; voxel < row + right; voxel++) {
        let sum = 0;
        for (const values of scans) sum += values[voxel];
        if (sum > 0) found[count++] = voxel;
      }
    }
  }
  if (count > 0) return found.subarray(0, count);
  throw new UserError(
    `case ${name}: the number of voxels where the sum of the scans is above 0 is 0; intensities should be above 0 in the brain and 0 around it`,
    { code: 'BAD_FILE', field: 'brain', value: 0 },
  );
}

/** A scan, normalised in the brain. */
export interface ScanOfBrain {
  /** [voxels] */
  values: Float32Array;
  /** What the background became. */
  background: number;
}

/**
 * A scan minus its mean in the brain, divided by its population standard deviation there.
 *
 * @param values [voxels]; not changed
 * @param brain as from `brainVoxels`
 * @param file for messages
 * @param zero the background's value
 * @throws UserError naming the file and the value if the scan has one value in the whole brain
 */
export function normaliseInBrain(
  values: VoxelArray,
  brain: Uint32Array,
  file = 'the scan',
  zero = 0,
): ScanOfBrain {
  const first = values[brain[0]];
  if (brain.every((voxel) => values[voxel] === first)) {
    const field = 'every voxel of the brain';
    throw new UserError(
      `${file}: ${field} is ${first} and should be an intensity, and not all the same; look at the scan, or leave the case out`,
      { code: 'BAD_FILE', file, field, value: first },
    );
  }
  let [sum, squares] = [0, 0];
  for (const voxel of brain) sum += values[voxel];
  const mean = sum / brain.length;
  for (const voxel of brain) squares += (values[voxel] - mean) ** 2;
  const deviation = Math.sqrt(squares / brain.length);
  const normalised = new Float32Array(values.length);
  for (let i = 0; i < normalised.length; i++) normalised[i] = (values[i] - mean) / deviation;
  return { values: normalised, background: Math.fround((zero - mean) / deviation) };
}
