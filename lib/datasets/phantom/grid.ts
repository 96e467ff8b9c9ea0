/** The grids that phantoms are made on: BraTS' own, and coarser or finer ones over the same field of view. */
import { UserError } from '../../base/errors';
import type { Affine, Grid } from '../../formats/nifti';
import { BRATS_AXES } from '../../volume/orientation';

/** An isotropic grid in BraTS' axes (LPS). */
export interface PhantomGrid extends Grid {
  /** [X, Y, Z] */
  shape: readonly [number, number, number];
  /** Edge of a voxel, mm. */
  spacing: number;
}

/** BraTS' 240 x 240 x 155 voxels of 1 mm. */
const FIELD_OF_VIEW_MM = [240, 240, 155] as const;
/** The middle of BraTS' field of view in its own coordinates, mm. */
const CENTRE_MM = [-119.5, 119.5, 77] as const;
/** A box around the middle that holds every phantom's brain: half its edges, mm. */
const BRAIN_HALF_MM = [84, 104, 84] as const;
const [LEAST_VOXELS, MOST_VOXELS] = [16, 512];
const [FINEST_MM, COARSEST_MM] = [0.5, 15];

/**
 * The grid of a size: the field of view of BraTS, with the smallest isotropic voxels that cover it.
 * 240 x 240 x 155 gives exactly BraTS' grid, 96 x 96 x 64 voxels of 2.5 mm.
 *
 * @throws UserError unless there are three whole numbers from 16 to 512
 */
export function gridOfSize(size: readonly number[]): PhantomGrid {
  const fits = (n: number): boolean => Number.isInteger(n) && n >= LEAST_VOXELS && n <= MOST_VOXELS;
  if (size.length !== 3 || !size.every(fits)) {
    throw new UserError(
      `size is ${size.join(',') || 'empty'}; give three whole numbers from ${LEAST_VOXELS} to ${MOST_VOXELS}, such as 96,96,64`,
      { code: 'BAD_VALUE', field: 'size', value: size },
    );
  }
  const spacing = Math.max(...FIELD_OF_VIEW_MM.map((mm, axis) => mm / size[axis]));
  return isotropicGrid([size[0], size[1], size[2]], spacing);
}

/**
 * The grid of a voxel size: as many voxels as cover the field of view of BraTS.
 * @throws UserError unless it is from 0.5 to 15 mm
 */
export function gridOfSpacing(spacing: number): PhantomGrid {
  if (!(spacing >= FINEST_MM && spacing <= COARSEST_MM)) {
    throw new UserError(
      `spacing is ${spacing} mm; give a voxel size from ${FINEST_MM} to ${COARSEST_MM} mm, such as 2.5`,
      { code: 'BAD_VALUE', field: 'spacing', value: spacing },
    );
  }
  const [x, y, z] = FIELD_OF_VIEW_MM.map((mm) => Math.ceil(mm / spacing - 1e-9));
  return isotropicGrid([x, y, z], spacing);
}

function isotropicGrid(shape: PhantomGrid['shape'], spacing: number): PhantomGrid {
  // Left and posterior are positive along the first two axes, so these run against the coordinates.
  const affine: Affine = [-1, -1, 1].map((sign, axis) => [
    ...[0, 1, 2].map((column) => (column === axis ? sign * spacing : 0)),
    CENTRE_MM[axis] - (sign * spacing * (shape[axis] - 1)) / 2,
  ]);
  return { shape, spacing, affine: [...affine, [0, 0, 0, 1]], axes: BRATS_AXES };
}

/** Number of voxels. */
export function countVoxels({ shape: [x, y, z] }: PhantomGrid): number {
  return x * y * z;
}

/** The part of a grid around its middle that holds the brain; the same voxels. */
export function brainBox(grid: PhantomGrid): PhantomGrid {
  const [x, y, z] = BRAIN_HALF_MM.map((half, axis) => {
    const whole = grid.shape[axis];
    // Of the same parity as the whole, so that both have the same middle.
    const box = 2 * Math.ceil(half / grid.spacing) + (whole % 2);
    return Math.min(whole, box);
  });
  return isotropicGrid([x, y, z], grid.spacing);
}

/** Values on `brainBox(grid)` in the whole grid, 0 around them. */
export function intoWholeGrid<T extends Int16Array | Uint8Array>(values: T, grid: PhantomGrid): T {
  const box = brainBox(grid).shape;
  const [sx, sy, sz] = box.map((size, axis) => (grid.shape[axis] - size) / 2);
  const whole = new (values.constructor as new (length: number) => T)(countVoxels(grid));
  for (let z = 0; z < box[2]; z++) {
    for (let y = 0; y < box[1]; y++) {
      const from = box[0] * (y + box[1] * z);
      const to = sx + grid.shape[0] * (y + sy + grid.shape[1] * (z + sz));
      whole.set(values.subarray(from, from + box[0]), to);
    }
  }
  return whole;
}
