/** From the files of a case to the input of training: normalised scans and regions, depth first. */
import { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import {
  readCase,
  regionMasks,
  REGIONS,
  type BratsCase,
  type CaseFiles,
} from '../../datasets/brats';
import { anyFile } from '../../datasets/brats/case-files';
import type { VoxelArray } from '../../formats/nifti';
import {
  boxAround,
  brainVoxels,
  nonzeroSpans,
  normaliseInBrain,
  resampledSpans,
  type Span,
} from '../../volume/brain';
import {
  checkIntensities,
  insideNotes,
  normalisationNotes,
  normaliseIntensity,
  type Normalisation,
} from '../../volume/normalise';
import { BRATS_AXES, gridInAxes, toAxes, toDepthFirst } from '../../volume/orientation';
import { resampledShape, resampleVolume, voxelSizeOf } from '../../volume/resample-volume';
import { cropSample, type CropBox } from '../sampling/crop';
import { type PreparedCase, type Sample } from '../sampling/sample';
import { voxelCount, type Size3 } from '../../volume/size';

/** Raise it when a change below changes prepared cases, so that no stale one is reused. */
export const PREPARING_VERSION = 3;

export interface PrepareOptions {
  /** Default: foreground. */
  normalisation?: Normalisation;
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
 * background, so this comes before reorienting). With `brain` the box around the brain is what is prepared: its place, and the
 * mean and deviation of each scan in it, are found on LPS axes from all scans of the case that are read, so a case with a
 * missing scan may get another box and other means than with it.
 *
 * If another voxel size is requested, scans are resampled after that. Means of voxels have less noise than scans of
 * that voxel size, and normalising later would give another contrast than in training. The box is that of the resampled
 * scans, and at least 128 of the new voxels long.
 *
 * @throws UserError as `readCase`, `normaliseIntensity`, `brainVoxels` and `normaliseInBrain` do, and for a case
 *   without labels
 */
export async function prepareCase(
  files: CaseFiles,
  {
    normalisation = 'foreground',
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
  const { normalise, box } =
    normalisation === 'brain' ? byBrain(files, read, shape) : byForeground(files, read);
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

/** How the scans of a case are normalised. */
interface Normaliser {
  /** A scan of the case on LPS axes, first index fastest. */
  normalise: (scan: VoxelArray, modality: Modality) => Float32Array;
  /** The box around the brain; absent: the whole grid. */
  box?: {
    /** Along left, posterior, superior. */
    spans: readonly Span[];
    /** `[4]`: the background of the scans that were normalised, 0 for others. */
    background: number[];
  };
}

function byForeground(files: CaseFiles, { stored, notes }: BratsCase): Normaliser {
  return {
    normalise: (scan, modality) => {
      const file = fileOf(files, modality);
      const normalised = normaliseIntensity(scan, file);
      notes.push(...normalisationNotes(normalised, file));
      return toAxes({ ...stored, values: normalised.values }, BRATS_AXES).values as Float32Array;
    },
  };
}

/**
 * @param read whose scans are brought to LPS
 * @param shape [X, Y, Z] of the grid that the box is for
 */
function byBrain(
  files: CaseFiles,
  { name, scans, stored, notes }: BratsCase,
  shape: readonly number[],
): Normaliser {
  for (const modality of MODALITIES) {
    const scan = scans[modality];
    if (!scan) continue;
    checkIntensities(scan, fileOf(files, modality));
    scans[modality] = toAxes({ ...stored, values: scan }, BRATS_AXES).values;
  }
  const all = Object.values(scans);
  const own = gridInAxes(stored, BRATS_AXES).shape;
  const spans = nonzeroSpans(all, own);
  const brain = brainVoxels(all, own, boxAround(spans, own), name);
  notes.push(...insideNotes(brain.length, all[0].length, name));
  const background = MODALITIES.map(() => 0);
  return {
    normalise: (scan, modality) => {
      const normalised = normaliseInBrain(scan, brain, fileOf(files, modality));
      background[MODALITIES.indexOf(modality)] = normalised.background;
      return normalised.values;
    },
    box: { spans: boxAround(resampledSpans(spans, own, shape), shape), background },
  };
}

function fileOf({ scans }: CaseFiles, modality: Modality): string {
  return scans[modality]?.file ?? modality;
}

function cutBox(
  whole: Sample,
  { spans: [x, y, z], background }: NonNullable<Normaliser['box']>,
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
