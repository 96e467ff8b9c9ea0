/** One axial slice of a prepared case as images: which voxels are shown, their grey values, their labels. */
import { PALETTE, type LabelColour, type Overlay, type Picture } from '../../report/figures';
import { LABELS } from '../../datasets/brats';
import { type Sample } from '../../loading/sampling/sample';
import { voxelCount, type Size3 } from '../../volume/size';
import { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';

/** The three labels in colours that colour-blind readers can distinguish, on a scan and from each other. */
const TUMOUR_COLOURS: readonly LabelColour[] = [
  { label: LABELS.enhancing, colour: PALETTE[4], name: 'enhancing tumour' },
  { label: LABELS.core, colour: PALETTE[3], name: 'necrotic and non-enhancing core' },
  { label: LABELS.oedema, colour: PALETTE[5], name: 'oedema' },
];

/** The axial slice with the most voxels of the whole tumour; the middle one without tumour. */
export function tumourSlice(regions: Uint8Array, size: Size3): number {
  const count = voxelCount(size);
  return fullestSlice(regions.subarray(count, 2 * count), size);
}

/** The slice with the most voxels that aren't 0, the first of several; the middle one if all are 0. */
export function fullestSlice(mask: Uint8Array, size: Size3): number {
  const plane = size[1] * size[2];
  let [best, most] = [Math.floor(size[0] / 2), 0];
  for (let d = 0; d < size[0]; d++) {
    let voxels = 0;
    for (let i = d * plane; i < (d + 1) * plane; i++) if (mask[i]) voxels += 1;
    if (voxels > most) [best, most] = [d, voxels];
  }
  return best;
}

/** The part of a slice that is shown. */
export interface SliceView {
  slice: number;
  width: number;
  height: number;
  /** [height * width]: the voxel of each pixel, as its index in a channel of the volume. */
  voxels: Uint32Array;
}

/**
 * A slice as radiologists see it (front on top, the patient's left on the right), cropped to what is not
 * background. A prepared volume is [Z, X, Y] on LPS axes, so rows of the image run along its last axis.
 *
 * @param longest most pixels along the longer side; a larger slice is subsampled
 * @throws UserError for a slice that the volume doesn't have
 */
export function viewSlice(
  { size, images }: Pick<Sample, 'size' | 'images'>,
  slice: number,
  longest: number,
): SliceView {
  const [depth, along, down] = size;
  if (!Number.isInteger(slice) || slice < 0 || slice >= depth) {
    throw new UserError(`there is no slice ${slice}; give one of 0 to ${depth - 1}`, {
      code: 'BAD_VALUE',
      field: 'slice',
      value: slice,
    });
  }
  const plane = along * down;
  const first = slice * plane;
  const seen = (x: number, y: number): boolean =>
    MODALITIES.some((_, m) => images[m * depth * plane + first + x * down + y] !== 0);
  let [left, right, top, bottom] = [along, -1, down, -1];
  for (let x = 0; x < along; x++) {
    for (let y = 0; y < down; y++) {
      if (!seen(x, y)) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) [left, right, top, bottom] = [0, along - 1, 0, down - 1];
  const [across, high] = [right - left + 1, bottom - top + 1];
  const scale = Math.min(1, longest / Math.max(across, high));
  const [width, height] = [across, high].map((side) => Math.max(1, Math.round(side * scale)));
  const voxels = Uint32Array.from({ length: width * height }, (_, pixel) => {
    const x = left + Math.floor((((pixel % width) + 0.5) / width) * across);
    const y = top + Math.floor(((Math.floor(pixel / width) + 0.5) / height) * high);
    return first + x * down + y;
  });
  return { slice, width, height, voxels };
}

/** The darkest grey of tissue; background is 0. */
const TISSUE = 25;

/**
 * A scan in grey, 0 to 255: background black, and from dark to white between the 1st and the 99.5th percentile
 * of the shown part. Whole numbers, so that a notebook stays small.
 */
export function scanPicture(
  { size, images }: Pick<Sample, 'size' | 'images'>,
  modality: Modality,
  { width, height, voxels }: SliceView,
): Picture {
  const first = MODALITIES.indexOf(modality) * voxelCount(size);
  const values = Float32Array.from(voxels, (voxel) => images[first + voxel]);
  const tissue = values.filter((value) => value !== 0).sort();
  const quantile = (share: number): number => tissue[Math.floor(share * (tissue.length - 1))] ?? 0;
  const [low, high] = [quantile(0.01), quantile(0.995)];
  const pixels = Uint8Array.from(values, (value) => {
    if (value === 0) return 0;
    const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
    return Math.round(TISSUE + share * (255 - TISSUE));
  });
  return { width, height, pixels, range: [0, 255] };
}

/**
 * The labels of a view, in the kit's colours.
 * @param labels [D, H, W] in the kit's codes
 * @throws UserError if the label map has another size than the volume
 */
export function labelOverlay(labels: Uint8Array, size: Size3, { voxels }: SliceView): Overlay {
  if (labels.length !== voxelCount(size)) {
    throw new UserError(
      `a label map has ${labels.length} voxels and its case ${size.join(' x ')}; give one on the case's own grid`,
      { code: 'MISMATCH', field: 'labels', value: labels.length },
    );
  }
  return { labels: Uint8Array.from(voxels, (voxel) => labels[voxel]), colours: TUMOUR_COLOURS };
}
