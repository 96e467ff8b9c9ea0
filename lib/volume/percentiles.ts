/** The voxels by which RobustSeg normalises a scan: those of the brain without the least and the largest intensities. */
import { UserError } from '../base/errors';
import { quantileOfSorted } from '../base/statistics';
import type { VoxelArray } from '../formats/nifti';

/** Its percentiles, as shares. */
const ENDS = [0.01, 0.99] as const;

/** A scan's intensities at these voxels, rising. */
export function sortedAt(values: VoxelArray, voxels: Uint32Array): Float64Array {
  return Float64Array.from(voxels, (voxel) => values[voxel]).sort();
}

/**
 * Those of the voxels whose intensity lies strictly between the 1st and the 99th percentile of all of them (NumPy's
 * default `percentile`).
 *
 * @param values [voxels] of a scan
 * @param brain as from `brainVoxels`; at least one
 * @param file for messages
 * @throws UserError if no voxel lies between them
 */
export function betweenPercentiles(
  values: VoxelArray,
  brain: Uint32Array,
  file = 'the scan',
): Uint32Array {
  const sorted = sortedAt(values, brain);
  const [low, high] = ENDS.map((share) => quantileOfSorted(sorted, share));
  const between = brain.filter((voxel) => values[voxel] > low && values[voxel] < high);
  if (between.length > 0) return between;
  throw new UserError(
    `${file}: number of voxels of the brain between its 1st and 99th percentile (${low} and ${high}) is 0 and should be above 0; look at the scan, or choose another brats.normalisation`,
    { code: 'BAD_FILE', file, field: 'voxels between the percentiles', value: 0 },
  );
}
