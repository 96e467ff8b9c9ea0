/** From the files of a case to the input of training: normalised scans and regions, depth first. */
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { readCase, regionMasks, type CaseFiles } from '../../datasets/brats';
import { anyFile } from '../../datasets/brats/case-files';
import { normalisationNotes, normaliseIntensity } from '../../volume/normalise';
import { BRATS_AXES, gridInAxes, toAxes, toDepthFirst } from '../../volume/orientation';
import { resampledShape, resampleVolume, voxelSizeOf } from '../../volume/resample-volume';
import { type PreparedCase } from '../sampling/sample';
import { voxelCount, type Size3 } from '../../volume/size';

/** Raise it when a change below changes prepared cases, so that no stale one is reused. */
export const PREPARING_VERSION = 3;

export interface PrepareOptions {
  /** `allow` sets a missing scan to 0 everywhere, as the method does with one that is not available. */
  missingScans?: 'error' | 'allow';
  /** Don't read the label map, and leave the regions empty. */
  withoutLabels?: boolean;
  /** mm along BraTS' axes: resample the scans to voxels of this size; only `withoutLabels`. Default: no resampling. */
  voxelSize?: readonly number[];
  /** Called with notes on the case. */
  onNote?: (note: string) => void;
}

/**
 * Reads a whole case and prepares it: each scan is normalised as it is stored (the authors take its
 * first voxel for background, so this comes before reorienting), then brought to LPS and depth first.
 * A BraTS case takes a second or two, and some 400 MB of memory meanwhile.
 *
 * If another voxel size is requested, scans are resampled after that. Means of voxels have less noise than scans of
 * that voxel size, and normalising later would give another contrast than in training.
 *
 * @throws UserError as `readCase` and `normaliseIntensity` do, and for a case without labels
 */
export async function prepareCase(
  files: CaseFiles,
  { missingScans = 'error', withoutLabels = false, voxelSize, onNote }: PrepareOptions = {},
): Promise<PreparedCase> {
  if (voxelSize && !withoutLabels) throw new RangeError('label maps are not resampled');
  if (!withoutLabels && !files.labels) {
    throw new UserError(
      `case ${files.name} has no label map (beside ${anyFile(files)}); add it, or leave the case out`,
      { code: 'MISSING', file: anyFile(files), field: 'labels', value: files.name },
    );
  }
  const { scans, labels, stored, notes } = await readCase(files, {
    missingScans,
    withoutLabels,
    axes: 'stored',
  });
  const own = gridInAxes(stored, BRATS_AXES).shape;
  const shape = voxelSize ? resampledShape(own, voxelSizeOf(stored), voxelSize) : own;
  const isOther = shape.join() !== own.join();
  const size: Size3 = [shape[2], shape[0], shape[1]];
  const count = voxelCount(size);
  const images = new Float32Array(MODALITIES.length * count);
  MODALITIES.forEach((modality, i) => {
    const scan = scans[modality];
    if (!scan) return;
    const file = files.scans[modality]?.file ?? modality;
    const normalised = normaliseIntensity(scan, file);
    notes.push(...normalisationNotes(normalised, file));
    const { values } = normalised;
    const turned = toAxes({ ...stored, values }, BRATS_AXES).values as Float32Array;
    const place = images.subarray(i * count, (i + 1) * count);
    toDepthFirst(isOther ? resampleVolume(turned, own, shape) : turned, shape, place);
    // A scan is not needed again once it is normalised: four of BraTS' make 70 MB.
    delete scans[modality];
  });
  if (onNote) notes.forEach(onNote);
  const turned = labels && toAxes({ ...stored, values: labels }, BRATS_AXES).values;
  const ordered = turned ? toDepthFirst(turned, shape) : new Uint8Array(count);
  const regions = regionMasks(ordered as Uint8Array);
  return { name: files.name, size, images, regions };
}
