/** Small maps for the tests of the post-processing. */
import path from 'node:path';
import type { VoxelArray } from '../data/nifti';

/** A committed file of the authors' results; the compiled code lies in lib/dist/postprocess. */
export function fixture(name: string): string {
  return path.join(__dirname, '..', '..', 'postprocess', 'fixtures', name);
}

/** A box of voxels: [from, to) along x, y, z. */
export interface Box {
  from: readonly [number, number, number];
  to: readonly [number, number, number];
  value: number;
}

/** Sets the voxels of boxes in a volume of [X, Y, Z], x fastest; returns the volume. */
export function paint<T extends VoxelArray>(
  volume: T,
  [width, height]: readonly number[],
  ...boxes: Box[]
): T {
  for (const { from, to, value } of boxes) {
    for (let z = from[2]; z < to[2]; z++) {
      for (let y = from[1]; y < to[1]; y++) {
        for (let x = from[0]; x < to[0]; x++) volume[x + width * (y + height * z)] = value;
      }
    }
  }
  return volume;
}

/** A label map with boxes in it. */
export function labelMap(shape: readonly number[], ...boxes: Box[]): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return paint(new Uint8Array(count), shape, ...boxes);
}
