/** From the files of a case to the input of training: normalised scans and regions, depth first. */
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { readCase, regionMasks, REGIONS, type CaseFiles } from '../../datasets/brats';
import { anyFile } from '../../datasets/brats/case-files';
import { BRATS_AXES, gridInAxes, toAxes, toDepthFirst } from '../../volume/orientation';
import { resampledShape, resampleVolume, voxelSizeOf } from '../../volume/resample-volume';
import { cropSample, type CropBox } from '../sampling/crop';
import { type PreparedCase, type Sample } from '../sampling/sample';
import { normaliserOf, type BrainBox, type NormalisationChoice } from './normaliser';
import { voxelCount, type Size3 } from '../../volume/size';

/** Raise it when a change below changes prepared cases, so that no stale one is reused. */
export const PREPARING_VERSION = 3;

export interface PrepareOptions extends NormalisationChoice {
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
 * Reads a case and prepares it: each scan is normalised, then brought to LPS and depth first.
 * A BraTS case takes a second or two, and some 400 MB of memory meanwhile.
 *
 * With the normalisation `foreground` a scan is normalised as it is stored (the authors take its first voxel for
 * background, so this comes before reorienting). With those that cut a box (`cutsBox`) the box around the brain is what is
 * prepared: its place, and the mean and deviation of each scan in it, are found on LPS axes from all scans of the case that
 * are read, so a case with a missing scan may get another box and other means than with it.
 *
 * If another voxel size is requested, scans are resampled after that. Means of voxels have less noise than scans of
 * that voxel size, and normalising later would give another contrast than in training. The box is that of the resampled
 * scans, and at least 128 of the new voxels long.
 *
 * @throws UserError as `readCase` and the functions of `volume/` that normalise do, and for a case without labels
 */
export async function prepareCase(
  files: CaseFiles,
  {
    normalisation,
    landmarks,
    missingScans = 'error',
    withoutLabels = false,
    voxelSize,
    onNote,
  }: PrepareOptions = {},
): Promise<PreparedCase> {
  if (voxelSize && !withoutLabels) throw new RangeError('label maps are not resampled');
  if (!withoutLabels && !files.labels) {
    throw new UserError(
      `case ${files.name} has no label map (beside ${anyFile(files)}); add it, or leave the case out`,
      { code: 'MISSING', file: anyFile(files), field: 'labels', value: files.name },
    );
  }
  const read = await readCase(files, { missingScans, withoutLabels, axes: 'stored' });
  const { scans, labels, stored, notes } = read;
  const own = gridInAxes(stored, BRATS_AXES).shape;
  const shape = voxelSize ? resampledShape(own, voxelSizeOf(stored), voxelSize) : own;
  const isOther = shape.join() !== own.join();
  const { normalise, box } = normaliserOf({ normalisation, landmarks }, { files, read, shape });
  const size: Size3 = [shape[2], shape[0], shape[1]];
  const count = voxelCount(size);
  const images = new Float32Array(MODALITIES.length * count);
  MODALITIES.forEach((modality, i) => {
    const scan = scans[modality];
    if (!scan) return;
    const turned = normalise(scan, modality);
    const place = images.subarray(i * count, (i + 1) * count);
    toDepthFirst(isOther ? resampleVolume(turned, own, shape) : turned, shape, place);
    // A scan is not needed again once it is normalised: four of BraTS' make 70 MB.
    delete scans[modality];
  });
  if (onNote) notes.forEach(onNote);
  const turned = labels && toAxes({ ...stored, values: labels }, BRATS_AXES).values;
  const ordered = turned ? toDepthFirst(turned, shape) : new Uint8Array(count);
  const regions = regionMasks(ordered as Uint8Array);
  const whole = { size, images, regions };
  return { name: files.name, ...(box ? cutBox(whole, box) : whole) };
}

function cutBox(
  whole: Sample,
  { spans: [x, y, z], background }: BrainBox,
): Omit<PreparedCase, 'name'> {
  // Left, posterior, superior are the sample's axes 1, 2, 0.
  const axes = [z, x, y];
  const { start, size } = {
    start: axes.map(([from]) => from),
    size: axes.map(([from, to]) => to - from),
  } as unknown as CropBox;
  const cut = cropSample(whole, { start, size });
  const inside = regionVoxels(cut);
  const regionsOutside = regionVoxels(whole).map((voxels, r) => voxels - inside[r]);
  return { ...cut, box: { start, grid: whole.size, background, regionsOutside } };
}

/** ET, WT, TC. */
function regionVoxels({ size, regions }: Sample): number[] {
  const count = voxelCount(size);
  return REGIONS.map((_, r) => {
    let voxels = 0;
    for (let i = r * count; i < (r + 1) * count; i++) voxels += regions[i];
    return voxels;
  });
}
