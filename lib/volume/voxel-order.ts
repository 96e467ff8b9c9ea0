/** The two orders in which the kit keeps a volume's voxels, so that a rule can work on either. */
import { UserError } from '../base/errors';

/**
 * - `nifti`: [X * Y * Z], x fastest, as files and `readCase` have them;
 * - `depth-first`: [Z, X, Y], y fastest, as the network has them (`toDepthFirst`).
 */
export type VoxelOrder = 'nifti' | 'depth-first';

/** How the voxels of a label map lie. */
export interface VoxelGrid {
  /** [X, Y, Z] in both orders, along `BRATS_AXES`: z is the slice, 0 the lowest. */
  shape: readonly number[];
  /** `nifti` by default. */
  order?: VoxelOrder;
}

/** How far apart neighbours along x, y and z are in memory. */
export function stridesOf({ shape: [x, y], order = 'nifti' }: VoxelGrid): {
  x: number;
  y: number;
  z: number;
} {
  return order === 'nifti' ? { x: 1, y: x, z: x * y } : { x: y, y: 1, z: x * y };
}

/**
 * Do so many values fill the grid?
 * @throws UserError naming both numbers if not
 */
export function requireFilled(values: ArrayLike<number>, { shape }: VoxelGrid, what: string): void {
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.length === 3 && values.length === count) return;
  throw new UserError(
    `${what} has ${values.length} voxels and the grid is ${shape.join(' x ')}; give both of one case, as [X, Y, Z]`,
    { code: 'MISMATCH', field: 'shape', value: shape },
  );
}
