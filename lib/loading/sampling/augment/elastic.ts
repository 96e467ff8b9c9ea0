/** Elastic deformation: smoothed noise as an offset of every voxel (`elastic_deform_coordinates`). */
import type { RandomStream } from '../../../base/random';
import { gaussianFilter } from '../../../volume/gaussian';
import { openScratch, type Scratch } from '../../../volume/scratch';
import { voxelCount, type Size3 } from '../../../volume/size';

/** Along depth, height and width, each [D, H, W], in voxels. */
export type Offsets = readonly [Float64Array, Float64Array, Float64Array];

const scratches = [openScratch(), openScratch(), openScratch()] as const;

/**
 * strength * (Gaussian of sigma * noise of -1 to 1), which the next call overwrites.
 * @param strength alpha: what the smoothed noise is multiplied by
 * @param sigma of the smoothing, in voxels
 */
export function drawElasticOffsets(
  size: Size3,
  strength: number,
  sigma: number,
  stream: RandomStream,
): Offsets {
  const along = (scratch: Scratch): Float64Array => {
    const offsets = scratch(voxelCount(size));
    for (let i = 0; i < offsets.length; i++) offsets[i] = stream.uniform() * 2 - 1;
    // No noise outside the crop.
    gaussianFilter(offsets, size, sigma, 'zero');
    for (let i = 0; i < offsets.length; i++) offsets[i] *= strength;
    return offsets;
  };
  return [along(scratches[0]), along(scratches[1]), along(scratches[2])];
}
