/** Mirroring of a crop along its axes, images and regions together. */
import type { RandomStream } from '../../base/random';
import { checkProbability } from './check';
import { happens } from './draw';
import type { Sample } from './sample';
import type { Size3 } from '../../volume/size';

/** The mirrored axes. */
export type MirroredAxes = readonly [depth: boolean, height: boolean, width: boolean];

export interface MirrorOptions {
  /** Probability of no mirroring; the seven ways to mirror share the rest equally. */
  unmirroredProbability: number;
}

/** In the authors' data set, before the augmentation, whose last step mirrors again and makes this redundant. */
export const PAPER_MIRROR: Readonly<MirrorOptions> = Object.freeze({ unmirroredProbability: 0.3 });

/**
 * Unmirrored, or one of the seven other ways.
 * @returns the sample itself if nothing is mirrored
 * @throws UserError for an invalid probability
 */
export function drawMirror(
  sample: Sample,
  { unmirroredProbability }: MirrorOptions,
  stream: RandomStream,
): Sample {
  checkProbability('mirror.unmirroredProbability', unmirroredProbability);
  if (happens(stream, unmirroredProbability)) return sample;
  const way = 1 + stream.integer(7);
  return mirrorSample(sample, [(way & 1) !== 0, (way & 2) !== 0, (way & 4) !== 0]);
}

export interface AxisMirrorOptions {
  /** Of each axis on its own. */
  axisProbability: number;
}

/**
 * Each axis mirrored or not, independently of the others: the last step of the augmentation.
 * @returns the sample itself if nothing is mirrored
 */
export function drawAxisMirror(
  sample: Sample,
  { axisProbability }: AxisMirrorOptions,
  stream: RandomStream,
): Sample {
  const axis = (): boolean => happens(stream, axisProbability);
  return mirrorSample(sample, [axis(), axis(), axis()]);
}

/** @returns the sample itself if nothing is mirrored */
export function mirrorSample(sample: Sample, axes: MirroredAxes): Sample {
  if (!axes.includes(true)) return sample;
  const { size, images, regions } = sample;
  const mirrored = {
    size,
    images: new Float32Array(images.length),
    regions: new Uint8Array(regions.length),
  };
  mirrorValues(images, mirrored.images, size, axes);
  mirrorValues(regions, mirrored.regions, size, axes);
  return mirrored;
}

/** From one array to another of its kind: [channels, D, H, W]. */
function mirrorValues<T extends Float32Array | Uint8Array>(
  from: T,
  to: T,
  [depth, height, width]: Size3,
  [mirrorDepth, mirrorHeight, mirrorWidth]: MirroredAxes,
): void {
  const step = mirrorWidth ? -1 : 1;
  let target = 0;
  for (let channel = 0; target < to.length; channel++) {
    for (let d = 0; d < depth; d++) {
      const plane = channel * depth + (mirrorDepth ? depth - 1 - d : d);
      for (let h = 0; h < height; h++) {
        const row = (plane * height + (mirrorHeight ? height - 1 - h : h)) * width;
        // By hand: a view for each row would be garbage to collect.
        let at = mirrorWidth ? row + width - 1 : row;
        for (const end = target + width; target < end; target++, at += step) to[target] = from[at];
      }
    }
  }
}
