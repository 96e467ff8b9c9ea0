/** Differences of cases from those that the shipped networks were trained on. TensorFlow isn't loaded. */
import { PREFIX, recordedWeights, WEIGHTS_FOLDERS } from '../weights-list';
import { areApart, inMm } from '../../volume/voxel-sizes';

/**
 * How `mckd segment` will resample for a shipped network: one sentence for each voxel size that these were
 * trained at and that is more than a fifth from the cases'.
 *
 * @param voxelSize mm along left, posterior, superior
 * @throws UserError as `recordedWeights`
 */
export function unlikeShipped(voxelSize: readonly number[], folders = WEIGHTS_FOLDERS): string[] {
  const names = new Map<string, string[]>();
  for (const { method, trainingData } of recordedWeights(folders)) {
    if (!trainingData || !areApart(voxelSize, trainingData.voxelSize)) continue;
    const size = inMm(trainingData.voxelSize);
    names.set(size, [...(names.get(size) ?? []), `${PREFIX}${method}`]);
  }
  return [...names].map(
    ([size, own]) =>
      `voxels are ${inMm(voxelSize)}, those of the training of the shipped networks ${size} (${own.join(', ')}): ` +
      "mckd segment resamples the scans to that size for them, and the segmentation back to the case's grid; " +
      'a network that is trained on these cases needs no resampling',
  );
}
