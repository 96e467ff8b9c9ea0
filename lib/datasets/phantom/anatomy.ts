/** The healthy brain that every phantom is a warped copy of: tissue maps and what is derived from them. */
import { UserError } from '../../base/errors';
import type { Grid, VoxelArray } from '../../formats/nifti';
import { blur, distanceTo } from './volume-filters';

/** Tissue maps as they are published, on one grid whose axes are parallel to the coordinates' (RAS, mm). */
export interface AnatomyMaps extends Grid {
  name: string;
  /** sha256 of the files, by file name; goes into the manifest. */
  sha256: Readonly<Record<string, string>>;
  /** [X * Y * Z], brain-extracted T1: above 0 inside the brain. */
  t1: VoxelArray;
  /** Share of grey and of white matter, 0..255; the rest of the brain is cerebrospinal fluid. */
  grey: VoxelArray;
  white: VoxelArray;
}

/** Maps ready to be sampled, 0..255, in memory that threads can share. */
export interface Anatomy {
  shape: readonly number[];
  /** Voxel size along each axis and place of voxel [0, 0, 0], mm; right, anterior and superior are positive. */
  step: readonly number[];
  origin: readonly number[];
  brain: Uint8Array;
  grey: Uint8Array;
  white: Uint8Array;
  /** Distance to the outside of the brain, and to the ventricles, in `DISTANCE_UNIT_MM`. */
  depth: Uint8Array;
  ventricles: Uint8Array;
}

export const DISTANCE_UNIT_MM = 0.25;
/** The middle of the brain in MNI coordinates, mm; it becomes the middle of the field of view. */
export const BRAIN_CENTRE_MM = [0, -17, 5] as const;
/** Fluid in this box (MNI, mm), so deep below the surface, is a ventricle's. */
const VENTRICLE_BOX_MM = [
  [-36, 36],
  [-62, 40],
  [-14, 36],
] as const;
const VENTRICLE_DEPTH_MM = 18;

/**
 * Derives the brain mask, depths and ventricles, and blurs the tissues as voxels of `spacing` would
 * average them.
 *
 * @throws UserError for maps of different sizes, on tilted axes, or without any brain
 */
export function prepareAnatomy(maps: AnatomyMaps, spacing: number): Anatomy {
  const { shape, affine } = maps;
  const fault = (field: string, value: unknown, should: string): UserError =>
    new UserError(
      `the anatomy ${maps.name}: ${field} is ${String(value)} and should be ${should}`,
      { code: 'BAD_FILE', file: maps.name, field, value },
    );
  const count = shape.reduce((product, size) => product * size, 1);
  for (const map of ['t1', 'grey', 'white'] as const) {
    if (maps[map].length !== count) {
      throw fault(`number of voxels of ${map}`, maps[map].length, String(count));
    }
  }
  const parallel = [0, 1, 2].every((row) =>
    [0, 1, 2].every((column) =>
      row === column ? affine[row][row] > 0 : affine[row][column] === 0,
    ),
  );
  if (!parallel) throw fault('affine', JSON.stringify(affine), 'parallel to the axes (RAS)');
  const step = [0, 1, 2].map((axis) => affine[axis][axis]);
  const origin = [0, 1, 2].map((axis) => affine[axis][3]);
  if (!maps.t1.some((value) => value > 0))
    throw fault('every voxel of t1', 0, 'above 0 in the brain');

  const outside = distanceTo((i) => !(maps.t1[i] > 0), shape);
  const mm = step[0];
  const isVentricle = (i: number): boolean => {
    if (outside[i] * mm < VENTRICLE_DEPTH_MM || maps.grey[i] + maps.white[i] > 127) return false;
    const at = [
      i % shape[0],
      Math.floor(i / shape[0]) % shape[1],
      Math.floor(i / shape[0] / shape[1]),
    ];
    return VENTRICLE_BOX_MM.every(([low, high], axis) => {
      const place = origin[axis] + step[axis] * at[axis];
      return place >= low && place <= high;
    });
  };
  const ventricles = distanceTo(isVentricle, shape);
  // A voxel averages over about its width, which these maps' own voxels already do.
  const sigma = 0.4 * Math.sqrt(Math.max((spacing / mm) ** 2 - 1, 0));
  const share = (values: ArrayLike<number>): Uint8Array => bytes(blur(values, shape, sigma), 1);
  return {
    shape,
    step,
    origin,
    brain: share(outside.map((distance) => (distance > 0 ? 255 : 0))),
    grey: share(maps.grey),
    white: share(maps.white),
    depth: bytes(outside, mm / DISTANCE_UNIT_MM),
    ventricles: bytes(ventricles, mm / DISTANCE_UNIT_MM),
  };
}

function bytes(values: Float32Array, scale: number): Uint8Array {
  const result = new Uint8Array(new SharedArrayBuffer(values.length));
  for (let i = 0; i < result.length; i++) result[i] = Math.min(255, Math.round(scale * values[i]));
  return result;
}
