/** Elastic deformation: smoothed noise as an offset of every voxel (`elastic_deform_coordinates`). */
import type { RandomStream } from '../../../base/random';
import { gaussianFilter } from '../../../volume/gaussian';
import type { Values } from '../../../volume/lines';
import { voxelCount, type Size3 } from '../../../volume/size';

/** Along depth, height and width, each [D, H, W], in voxels. */
export type Offsets = readonly [Float64Array, Float64Array, Float64Array];

/**
 * @param strength alpha: what the smoothed noise is multiplied by
 * @param sigma of the smoothing, in voxels
 */
export function drawElasticOffsets(
  size: Size3,
  strength: number,
  sigma: number,
  stream: RandomStream,
): Offsets {
  const along = (): Float64Array => {
    const noise = new Float64Array(voxelCount(size));
    for (let i = 0; i < noise.length; i++) noise[i] = stream.uniform() * 2 - 1;
    return smoothOffsets(noise, size, strength, sigma);
  };
  return [along(), along(), along()];
}

/**
 * strength * (Gaussian of sigma * noise), with no noise outside the crop.
 * @param noise [D, H, W], -1 to 1
 */
function smoothOffsets(noise: Values, size: Size3, strength: number, sigma: number): Float64Array {
  const offsets = gaussianFilter(noise, size, sigma, 'zero');
  for (let i = 0; i < offsets.length; i++) offsets[i] *= strength;
  return offsets;
}
