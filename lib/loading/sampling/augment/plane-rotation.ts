/** Rotation in a random plane by whole degrees, without interpolation (RFNet's `RandomRotion`). */
import type { RandomStream } from '../../../base/random';
import { happens, integerIn, type Range } from '../draw';
import type { Sample } from '../sample';
import { voxelCount, type Size3 } from '../../../volume/size';

export interface PlaneRotationOptions {
  probability: number;
  /** Whole degrees, both ends included. */
  degrees: Range;
}

/** The two axes that a rotation mixes, as indices of D, H, W. */
export type Plane = readonly [first: number, second: number];

/** XY, YZ and XZ of the files, in their order of axes, which decides the direction: the kit's D, H, W are Z, X, Y. */
export const PLANES: readonly Plane[] = [
  [1, 2],
  [2, 0],
  [1, 0],
];

/** What comes in from outside: in images and in regions. */
const OUTSIDE = { images: -1, regions: 0 } as const;

/** @returns the sample itself if nothing was drawn, or an angle of 0 */
export function drawPlaneRotation(
  sample: Sample,
  { probability, degrees }: PlaneRotationOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  const plane = PLANES[stream.integer(PLANES.length)];
  return rotateInPlane(sample, plane, integerIn(stream, degrees));
}

/**
 * scipy.ndimage.rotate with reshape=False, order=0, mode='constant': a voxel gets the nearest one to where it came from,
 * about the middle of the sample; -1 in images and 0 in regions where that is outside the outermost voxels' centres.
 */
export function rotateInPlane(sample: Sample, plane: Plane, degrees: number): Sample {
  if (degrees === 0) return sample;
  const { size, images, regions } = sample;
  const sources = sourcesInPlane(size, plane, degrees);
  return {
    size,
    images: rotated(images, size, plane, sources, OUTSIDE.images),
    regions: rotated(regions, size, plane, sources, OUTSIDE.regions),
  };
}

/** [first axis, second axis]: where in the plane each voxel comes from, as an offset in memory; -1 for outside. */
function sourcesInPlane(size: Size3, [a, b]: Plane, degrees: number): Int32Array {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const strides = stridesOf(size);
  const [middleA, middleB] = [(size[a] - 1) / 2, (size[b] - 1) / 2];
  const shiftA = middleA - (cos * middleA + sin * middleB);
  const shiftB = middleB - (-sin * middleA + cos * middleB);
  const sources = new Int32Array(size[a] * size[b]);
  let at = 0;
  for (let i = 0; i < size[a]; i++) {
    for (let j = 0; j < size[b]; j++, at++) {
      const fromA = i * cos + j * sin + shiftA;
      const fromB = i * -sin + j * cos + shiftB;
      const inside = fromA >= 0 && fromA <= size[a] - 1 && fromB >= 0 && fromB <= size[b] - 1;
      sources[at] = inside
        ? Math.floor(fromA + 0.5) * strides[a] + Math.floor(fromB + 0.5) * strides[b]
        : -1;
    }
  }
  return sources;
}

function rotated<T extends Float32Array | Uint8Array>(
  values: T,
  size: Size3,
  [a, b]: Plane,
  sources: Int32Array,
  outside: number,
): T {
  const strides = stridesOf(size);
  const along = 3 - a - b;
  const count = voxelCount(size);
  const result = new (values.constructor as new (length: number) => T)(values.length);
  for (let channel = 0; channel < values.length; channel += count) {
    for (let k = 0; k < size[along]; k++) {
      const start = channel + k * strides[along];
      for (let i = 0, at = 0; i < size[a]; i++) {
        for (let j = 0; j < size[b]; j++, at++) {
          const source = sources[at];
          const to = start + i * strides[a] + j * strides[b];
          result[to] = source < 0 ? outside : values[start + source];
        }
      }
    }
  }
  return result;
}

function stridesOf([, height, width]: Size3): Size3 {
  return [height * width, width, 1];
}
