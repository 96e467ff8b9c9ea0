/** From the files of a case to what training reads: normalised scans and regions, depth first. */
import { ReaderError } from '../../errors';
import { MODALITIES } from '../../modality';
import { readCase, regionMasks, type CaseFiles } from '../brats';
import { anyFile } from '../brats/cases';
import { normaliseIntensity } from '../normalise';
import { BRATS_AXES, gridInAxes, toAxes, toDepthFirst } from '../orientation';
import { voxelCount, type PreparedCase, type Size3 } from '../sampling/sample';

/** Raised when anything below changes what a case becomes, so that no stale one is taken up. */
export const PREPARING_VERSION = 2;

export interface PrepareOptions {
  /** `allow` leaves a missing scan 0 everywhere, as the method does with one that is not available. */
  missingScans?: 'error' | 'allow';
  /** Leave the label map unread and the regions empty. */
  withoutLabels?: boolean;
}

/**
 * Reads a case whole and prepares it: each scan is normalised as it is stored (the authors take its
 * first voxel for background, so this comes before any turning), then brought to LPS and depth first.
 * A BraTS case takes a second or two, and some 400 MB while it lasts.
 *
 * @throws ReaderError as `readCase` and `normaliseIntensity` do, and for a case without labels
 */
export async function prepareCase(
  files: CaseFiles,
  { missingScans = 'error', withoutLabels = false }: PrepareOptions = {},
): Promise<PreparedCase> {
  if (!withoutLabels && !files.labels) {
    throw new ReaderError(
      `case ${files.name} has no label map (beside ${anyFile(files)}); add it, or leave the case out`,
      { file: anyFile(files), field: 'labels', value: files.name },
    );
  }
  const { scans, labels, stored } = await readCase(files, {
    missingScans,
    withoutLabels,
    axes: 'stored',
  });
  const { shape } = gridInAxes(stored, BRATS_AXES);
  const size: Size3 = [shape[2], shape[0], shape[1]];
  const count = voxelCount(size);
  const images = new Float32Array(MODALITIES.length * count);
  MODALITIES.forEach((modality, i) => {
    const scan = scans[modality];
    if (!scan) return;
    const { values } = normaliseIntensity(scan, files.scans[modality]?.file);
    const turned = toAxes({ ...stored, values }, BRATS_AXES);
    const place = images.subarray(i * count, (i + 1) * count);
    toDepthFirst(turned.values as Float32Array, shape, place);
    // A scan is not needed again once it is normalised: four of BraTS' make 70 MB.
    delete scans[modality];
  });
  const turned = toAxes({ ...stored, values: labels ?? new Uint8Array(count) }, BRATS_AXES);
  const regions = regionMasks(toDepthFirst(turned.values, shape) as Uint8Array);
  return { name: files.name, size, images, regions };
}
