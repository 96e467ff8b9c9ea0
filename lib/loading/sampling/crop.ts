/** The crop of a case for training: its position and, half of the time, another scale. */
import { UserError } from '../../base/errors';
import type { RandomStream } from '../../base/random';
import { REGIONS, type Region } from '../../datasets/brats';
import { checkProbability, checkRange } from './check';
import { happens, integerIn, uniformIn, type Range } from './draw';
import { resizeVolume } from '../../volume/resize';
import { type Sample } from './sample';
import { voxelCount, type Size3 } from '../../volume/size';

export interface CropOptions {
  /** Size of the network's input. */
  size: Size3;
  /** Probability that the crop is cut larger or smaller and resized. */
  rescaleProbability: number;
  /** The factor: cut at int(size * factor). */
  rescaleRange: Range;
  /** Probability that the crop is centred on a voxel of a region. */
  classCentredProbability: number;
  /** The regions, equally likely; `none` gives a random crop, as does a region that the case lacks. */
  classCentredChoices: readonly (Region | 'none')[];
  /**
   * Margins of a random crop, as a share of the case's size; where there is
   * less than twice that, the crop is in the middle.
   */
  margins: Size3;
}

/** MCKD; MetaKD's choices are without `none`. The margins are 15 of 240 voxels and 10 of 240. */
export const PAPER_CROP: Readonly<CropOptions> = Object.freeze({
  size: [80, 160, 160],
  rescaleProbability: 0.5,
  rescaleRange: [0.9, 1.1],
  classCentredProbability: 0.5,
  classCentredChoices: [...REGIONS, 'none'],
  margins: [0, 15 / 240, 10 / 240],
} satisfies CropOptions);

/** A random crop, every position equally likely. */
export const UNIFORM_CROP: Readonly<CropOptions> = Object.freeze({
  ...PAPER_CROP,
  rescaleProbability: 0,
  classCentredProbability: 0,
  margins: [0, 0, 0],
} satisfies CropOptions);

/** A part of a volume, or more than it: voxels outside are 0. */
export interface CropBox {
  /** First voxel, below 0 where the box begins before the volume. */
  start: readonly [depth: number, height: number, width: number];
  size: Size3;
}

/** From this factor on, skimage.transform.resize would smooth before it makes smaller. */
const GREATEST_RESCALE = 1.25;

/**
 * A crop of `options.size`: `drawCropBox`, `cropSample`, `resizeSample`. The authors mirror between the
 * last two, which is equivalent.
 *
 * @param prepared not changed; the crop shares no memory with it
 * @throws UserError for invalid options
 */
export function drawCrop(prepared: Sample, options: CropOptions, stream: RandomStream): Sample {
  return resizeSample(cropSample(prepared, drawCropBox(prepared, options, stream)), options.size);
}

/**
 * Where to cut (the authors' `locate_bbx_wScale`).
 *
 * A random box has its start uniform in [margin, side - margin - box side]. A class-centred one has
 * a random voxel of its region in the middle, and is then shifted into the volume; when rescaled its
 * sides are even, because the authors cut half a side before the voxel and half after. Along an axis
 * along which the box is larger than the volume, the volume is in its middle.
 *
 * @throws UserError for invalid options
 */
export function drawCropBox(prepared: Sample, options: CropOptions, stream: RandomStream): CropBox {
  checkCropOptions(options);
  const rescaled = happens(stream, options.rescaleProbability);
  const factor = rescaled ? uniformIn(stream, options.rescaleRange) : 1;
  const sides = options.size.map((side) => Math.max(1, Math.trunc(side * factor)));
  const centre = happens(stream, options.classCentredProbability)
    ? drawCentre(prepared, options.classCentredChoices, stream)
    : undefined;
  if (centre && rescaled) {
    for (const [axis, side] of sides.entries()) sides[axis] = Math.max(1, side - (side % 2));
  }
  const start = sides.map((side, axis) => {
    const slack = prepared.size[axis] - side;
    if (slack < 0) return Math.ceil(slack / 2);
    if (centre) return Math.min(Math.max(centre[axis] - Math.floor(side / 2), 0), slack);
    const wanted = Math.round(options.margins[axis] * prepared.size[axis]);
    const margin = Math.min(wanted, Math.floor(slack / 2));
    return integerIn(stream, [margin, slack - margin]);
  });
  return { start: start as [number, number, number], size: sides as [number, number, number] };
}

/** A random voxel of a random region; nothing if the choice is `none` or the case lacks it. */
function drawCentre(
  { size, regions }: Sample,
  choices: CropOptions['classCentredChoices'],
  stream: RandomStream,
): Size3 | undefined {
  const choice = choices[stream.integer(choices.length)];
  if (choice === 'none') return undefined;
  const count = voxelCount(size);
  const channel = REGIONS.indexOf(choice);
  const mask = regions.subarray(channel * count, (channel + 1) * count);
  let inside = 0;
  for (let i = 0; i < count; i++) inside += mask[i];
  if (inside === 0) return undefined;
  let left = stream.integer(inside);
  let voxel = 0;
  while (mask[voxel] === 0 || left-- > 0) voxel += 1;
  const [, height, width] = size;
  return [Math.floor(voxel / (height * width)), Math.floor(voxel / width) % height, voxel % width];
}

/** A copy of the box of a sample; 0 outside of the sample. */
export function cropSample(sample: Sample, box: CropBox): Sample {
  const channels = (values: { length: number }): number => values.length / voxelCount(sample.size);
  const count = voxelCount(box.size);
  const cropped = {
    size: box.size,
    images: new Float32Array(channels(sample.images) * count),
    regions: new Uint8Array(channels(sample.regions) * count),
  };
  copyBox(sample.images, cropped.images, sample.size, box);
  copyBox(sample.regions, cropped.regions, sample.size, box);
  return cropped;
}

/** From [channels, D, H, W] of the whole to those of the box. */
function copyBox<T extends Float32Array | Uint8Array>(
  from: T,
  to: T,
  [depth, height, width]: Size3,
  { start, size }: CropBox,
): void {
  // Not -0, which would make every index a fraction's kind of number.
  const [d0, h0, w0] = start.map((first) => first | 0);
  const [firstD, endD] = [Math.max(0, d0), Math.min(depth, d0 + size[0])];
  const [firstH, endH] = [Math.max(0, h0), Math.min(height, h0 + size[1])];
  const [firstW, endW] = [Math.max(0, w0), Math.min(width, w0 + size[2])];
  const channels = from.length / (depth * height * width);
  const wholeRows = w0 === 0 && size[2] === width;
  for (let c = 0; c < channels; c++) {
    for (let d = firstD; d < endD; d++) {
      if (wholeRows) {
        const row = (c * depth + d) * height;
        const target = ((c * size[0] + d - d0) * size[1] + firstH - h0) * width;
        to.set(from.subarray((row + firstH) * width, (row + endH) * width), target);
        continue;
      }
      // By hand: a view for each row would be garbage to collect.
      for (let h = firstH; h < endH; h++) {
        const source = ((c * depth + d) * height + h) * width;
        const target = ((c * size[0] + d - d0) * size[1] + h - h0) * size[2] - w0;
        for (let w = firstW; w < endW; w++) to[target + w] = from[source + w];
      }
    }
  }
}

/**
 * The sample on another grid over the same space: images linear, and 0 where a new voxel's centre is
 * beyond the old outermost ones (so all six faces of an enlarged crop); regions by the nearest voxel.
 *
 * skimage would first smooth what it makes smaller, by (factor - 1) / 2 voxels cut at 4 of these; up to
 * a factor of 1.25 that is a kernel of one voxel, so it is left out.
 *
 * @returns the sample itself if it has that size
 */
export function resizeSample(sample: Sample, size: Size3): Sample {
  if (size.every((side, axis) => side === sample.size[axis])) return sample;
  const [from, to] = [voxelCount(sample.size), voxelCount(size)];
  const images = new Float32Array((sample.images.length / from) * to);
  for (let c = 0; c * to < images.length; c++) {
    const channel = sample.images.subarray(c * from, (c + 1) * from);
    const resized = images.subarray(c * to, (c + 1) * to);
    resizeVolume(channel, sample.size, size, { order: 1, outside: 'zero' }, resized);
  }
  const regions = new Uint8Array((sample.regions.length / from) * to);
  for (let c = 0; c * to < regions.length; c++) {
    const channel = sample.regions.subarray(c * from, (c + 1) * from);
    const resized = regions.subarray(c * to, (c + 1) * to);
    resizeVolume(channel, sample.size, size, { order: 0, outside: 'edge' }, resized);
  }
  return { size, images, regions };
}

/** @throws UserError naming the invalid option */
function checkCropOptions(options: CropOptions): void {
  const { size, classCentredChoices: choices, margins } = options;
  if (size.length !== 3 || size.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new UserError(
      `crop.size is ${size.join(' x ')}; give three whole numbers of voxels, from 1`,
      { code: 'BAD_VALUE', field: 'crop.size', value: size },
    );
  }
  checkProbability('crop.rescaleProbability', options.rescaleProbability);
  checkRange('crop.rescaleRange', options.rescaleRange, 0.1, GREATEST_RESCALE);
  checkProbability('crop.classCentredProbability', options.classCentredProbability);
  const known: readonly string[] = [...REGIONS, 'none'];
  if (choices.length === 0 || choices.some((choice) => !known.includes(choice))) {
    throw new UserError(
      `crop.classCentredChoices is [${choices.join(', ')}]; choose at least one of ${known.join(', ')}`,
      { code: 'BAD_VALUE', field: 'crop.classCentredChoices', value: choices },
    );
  }
  if (margins.some((margin) => !(margin >= 0 && margin < 0.5))) {
    throw new UserError(
      `crop.margins is ${margins.join(', ')}; give shares of the case's size, from 0 to below 0.5`,
      { code: 'BAD_VALUE', field: 'crop.margins', value: margins },
    );
  }
}
