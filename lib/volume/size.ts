/** The size of a volume. */

/** Sizes along depth, height and width, in voxels. */
export type Size3 = readonly [depth: number, height: number, width: number];

/** Voxels of one channel. */
export function voxelCount([depth, height, width]: Size3): number {
  return depth * height * width;
}
