/** ACN's intensities (`data.py` of github.com/Wangyixinxin/ACN at 0643c57): each scan from 0 to 1. */
import { statisticsOf } from './describe';
import { checkIntensities } from './normalise';
import type { VoxelArray } from '../formats/nifti';

/**
 * (v - min) / (max - min) over the whole volume; BraTS' background, which is the least value, stays 0.
 *
 * @param values [voxels]; not changed
 * @param file for messages
 * @returns [voxels], 0..1
 * @throws UserError naming the file and what it found, for NaN or a constant scan
 */
export function normaliseRange(values: VoxelArray, file = 'the scan'): Float32Array {
  checkIntensities(values, file);
  const { min, max } = statisticsOf(values);
  return Float32Array.from(values, (value) => (value - min) / (max - min));
}
