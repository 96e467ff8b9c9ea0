/**
 * Volumes on a grid of other voxels over the same space: a coarser voxel is the mean of the box it covers, a finer
 * one is interpolated linearly between voxel centres, axis by axis.
 */
import { UserError } from '../base/errors';
import { columnLengths, type Grid, type VoxelArray } from '../formats/nifti';
import { BRATS_AXES, gridInAxes } from './orientation';

/** Most voxels of a resampled volume: four scans of so many take 4 GiB. */
const MOST_VOXELS = 2 ** 28;

/** Edges of a grid's voxels in mm, along BraTS' axes: left, posterior, superior. */
export function voxelSizeOf(grid: Grid): number[] {
  return columnLengths(gridInAxes(grid, BRATS_AXES).affine);
}

/**
 * The sizes of a volume whose voxels are as near to a voxel size as whole numbers of them in the same space can be.
 *
 * @param shape [X, Y, Z]
 * @param spacing mm along these axes
 * @param wanted mm along these axes
 * @returns [X, Y, Z], each at least 1
 * @throws UserError where voxel sizes are so far apart that no memory holds the result
 */
export function resampledShape(
  shape: readonly number[],
  spacing: readonly number[],
  wanted: readonly number[],
): number[] {
  const resampled = [0, 1, 2].map((axis) =>
    Math.max(1, Math.round((shape[axis] * spacing[axis]) / wanted[axis])),
  );
  if (resampled[0] * resampled[1] * resampled[2] <= MOST_VOXELS) return resampled;
  throw new UserError(
    `voxels of ${spacing.join(' x ')} mm, resampled to ${wanted.join(' x ')} mm, would be ${resampled.join(' x ')}; ` +
      'look at the voxel size in the header of the scans (mckd inspect), or leave them as they are: --resample never',
    { code: 'BAD_FILE', field: 'voxel size', value: spacing },
  );
}

/**
 * A volume on another number of voxels over the same space, in float32. With the same sizes voxels stay as they are;
 * a constant stays that constant, and where no axis becomes finer, so does the mean.
 *
 * @param values [X * Y * Z], the first index fastest; not changed
 * @param shape [X, Y, Z]
 * @param wanted [X, Y, Z]
 * @returns a new array
 */
export function resampleVolume(
  values: VoxelArray,
  shape: readonly number[],
  wanted: readonly number[],
): Float32Array {
  // What makes fewest voxels comes first, so that the other axes have less to do.
  const axes = [0, 1, 2].sort((a, b) => wanted[a] / shape[a] - wanted[b] / shape[b]);
  const sizes = [shape[0], shape[1], shape[2]];
  let now: VoxelArray = values;
  for (const axis of axes) {
    if (sizes[axis] === wanted[axis]) continue;
    now = alongAxis(now, sizes, axis, tapsOf(sizes[axis], wanted[axis]));
    sizes[axis] = wanted[axis];
  }
  return now === values ? Float32Array.from(values) : (now as Float32Array);
}

/** A voxel of a new line: `weights` times the old voxels from `first` on; they sum to 1. */
interface Taps {
  first: number;
  weights: readonly number[];
}

function tapsOf(size: number, wanted: number): Taps[] {
  const step = size / wanted;
  return Array.from({ length: wanted }, (_, i) =>
    step > 1
      ? boxTaps((i * size) / wanted, ((i + 1) * size) / wanted, size)
      : linearTaps((i + 0.5) * step - 0.5, size),
  );
}

/** The mean over a piece of the line, which covers its first and last voxel in part. */
function boxTaps(from: number, to: number, size: number): Taps {
  const first = Math.floor(from);
  const end = Math.min(size, Math.ceil(to));
  const weights = Array.from({ length: end - first }, (_, i) => {
    const covered = Math.min(to, first + i + 1) - Math.max(from, first + i);
    return covered / (to - from);
  });
  return { first, weights };
}

/** Between two voxel centres; beyond the outermost, its value. */
function linearTaps(at: number, size: number): Taps {
  const inside = Math.min(Math.max(at, 0), size - 1);
  const first = Math.floor(inside);
  const share = inside - first;
  return { first, weights: share === 0 ? [1] : [1 - share, share] };
}

/** Resamples each line along an axis; the lines are processed side by side. */
function alongAxis(
  values: VoxelArray,
  shape: readonly number[],
  axis: number,
  taps: readonly Taps[],
): Float32Array {
  const inner = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const outer = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const result = new Float32Array(inner * taps.length * outer);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    const base = o * shape[axis] * inner;
    for (const { first, weights } of taps) {
      let from = base + first * inner;
      for (let i = 0; i < inner; i++, from++, to++) {
        // Differences to one of them, so that rounding leaves equal values what they are.
        const value = values[from];
        let sum = 0;
        for (let w = 1; w < weights.length; w++)
          sum += weights[w] * (values[from + w * inner] - value);
        result[to] = value + sum;
      }
    }
  }
  return result;
}
