/**
 * Brings volumes to one axis order and back, by permuting and mirroring axes; no voxel is interpolated.
 *
 * `map[t]` says, for axis t of the target, which axis of the source it is and whether it runs the other way.
 */
import { UserError } from '../base/errors';
import { axesOf, type Affine, type Grid, type VoxelArray } from '../formats/nifti';

/** The axis order that the authors' code works in: BraTS as it is distributed. */
export const BRATS_AXES = 'LPS';

const OPPOSITES = ['LR', 'PA', 'IS'];

interface AxisStep {
  source: number;
  mirrored: boolean;
}

/** What a volume needs to be reoriented: its grid, and voxels with the first index fastest. */
export interface Oriented extends Grid {
  values: VoxelArray;
}

/**
 * The volume reoriented to `axes`, such as "LPS". Shape and affine follow, so that every
 * voxel stays where it is in space. The volume's other fields (file, datatype) are kept.
 *
 * @param volume [X, Y, Z] or [X, Y, Z, channels]; not changed, and returned itself if it has these axes
 * @throws UserError when `axes` doesn't name each of left/right, back/front, down/up once
 */
export function toAxes<V extends Oriented>(volume: V, axes: string): V {
  if (volume.axes === checkedAxes(axes)) return volume;
  const values = turnValues(volume.values, volume.shape, axisMap(volume.axes, axes));
  return { ...volume, ...gridInAxes(volume, axes), values };
}

/**
 * The same grid reoriented to `axes`: what `toAxes` does with a volume's grid.
 * @throws UserError when `axes` doesn't name each of left/right, back/front, down/up once
 */
export function gridInAxes({ shape, affine, axes: from }: Grid, axes: string): Grid {
  const map = axisMap(from, checkedAxes(axes));
  return { shape: turnShape(shape, map), affine: turnAffine(affine, shape, map), axes };
}

/**
 * The inverse: a volume in other axes, back on the grid it came from.
 * Shape and affine are exactly the original's, because the grid is copied and not computed.
 *
 * @param volume on the axes it is in now
 * @param grid the original's; its shape must be the volume's, reoriented
 * @throws UserError when the shapes don't fit
 */
export function toGrid<V extends Oriented>(volume: V, grid: Grid): V {
  const map = axisMap(volume.axes, grid.axes);
  const shape = turnShape(volume.shape, map);
  const spatial = (sizes: readonly number[]): string => sizes.slice(0, 3).join(' x ');
  if (spatial(shape) !== spatial(grid.shape)) {
    throw new UserError(
      `the volume is ${spatial(shape)} along ${grid.axes} and the original ${spatial(grid.shape)}; write it back on the grid of its own case`,
      { code: 'MISMATCH', field: 'shape', value: shape },
    );
  }
  const { affine, axes } = grid;
  return { ...volume, shape, affine, axes, values: turnValues(volume.values, volume.shape, map) };
}

/**
 * A volume's voxels in the order of the network: [depth, height, width] = [Z, X, Y], C order, as the
 * authors transpose them.
 *
 * @param shape [X, Y, Z]
 * @param into where they are put; default: a new array
 * @returns [Z, X, Y] with Y fastest
 */
export function toDepthFirst<T extends VoxelArray>(
  values: T,
  shape: readonly number[],
  into: T = like(values),
): T {
  const [width, height, depth] = shape;
  let to = 0;
  for (let z = 0; z < depth; z++) {
    for (let x = 0; x < width; x++) {
      let from = x + width * height * z;
      for (let y = 0; y < height; y++, from += width) into[to++] = values[from];
    }
  }
  return into;
}

/** The inverse of `toDepthFirst`; `shape` is [X, Y, Z] here too. */
export function fromDepthFirst<T extends VoxelArray>(values: T, shape: readonly number[]): T {
  const [width, height, depth] = shape;
  const result = like(values);
  let from = 0;
  for (let z = 0; z < depth; z++) {
    for (let x = 0; x < width; x++) {
      let to = x + width * height * z;
      for (let y = 0; y < height; y++, to += width) result[to] = values[from++];
    }
  }
  return result;
}

function like<T extends VoxelArray>(values: T): T {
  return new (values.constructor as new (length: number) => T)(values.length);
}

function checkedAxes(axes: string): string {
  const named = OPPOSITES.every((pair) => [...axes].filter((a) => pair.includes(a)).length === 1);
  if (axes.length === 3 && named) return axes;
  throw new UserError(
    `axes is ${JSON.stringify(axes)}; give one letter of each of L/R, P/A and I/S, such as "LPS"`,
    { code: 'BAD_VALUE', field: 'axes', value: axes },
  );
}

function axisMap(from: string, to: string): AxisStep[] {
  return [...to].map((letter) => {
    const pair = OPPOSITES.find((letters) => letters.includes(letter)) as string;
    const source = [...from].findIndex((other) => pair.includes(other));
    return { source, mirrored: from[source] !== letter };
  });
}

function turnShape(shape: readonly number[], map: AxisStep[]): number[] {
  return [...map.map(({ source }) => sizeOf(shape, source)), ...shape.slice(3)];
}

/** Sizes that a shape leaves out are 1. */
function sizeOf(shape: readonly number[], axis: number): number {
  return shape[axis] ?? 1;
}

/** Columns change places; a mirrored one changes its sign and starts from its other end. */
function turnAffine(affine: Affine, shape: readonly number[], map: AxisStep[]): number[][] {
  return affine.map((row) => {
    let origin = row[3];
    const columns = map.map(({ source, mirrored }) => {
      if (!mirrored) return row[source];
      origin += row[source] * (sizeOf(shape, source) - 1);
      return -row[source] || 0;
    });
    return [...columns, origin];
  });
}

function turnValues(values: VoxelArray, shape: readonly number[], map: AxisStep[]): VoxelArray {
  const sizes = [0, 1, 2].map((axis) => sizeOf(shape, axis));
  const strides = [1, sizes[0], sizes[0] * sizes[1]];
  const volume = sizes[0] * sizes[1] * sizes[2];
  const steps = map.map(({ source, mirrored }) => (mirrored ? -1 : 1) * strides[source]);
  const counts = map.map(({ source }) => sizes[source]);
  const start = map.reduce(
    (sum, { source, mirrored }) => sum + (mirrored ? strides[source] * (sizes[source] - 1) : 0),
    0,
  );
  const result = like(values);
  let to = 0;
  for (let base = 0; base < values.length; base += volume) {
    for (let k = 0; k < counts[2]; k++) {
      for (let j = 0; j < counts[1]; j++) {
        let from = base + start + k * steps[2] + j * steps[1];
        for (let i = 0; i < counts[0]; i++, from += steps[0]) result[to++] = values[from];
      }
    }
  }
  return result;
}

/** The grid of an affine and a shape. */
export function gridOf(shape: readonly number[], affine: Affine): Grid {
  return { shape, affine, axes: axesOf(affine) };
}
