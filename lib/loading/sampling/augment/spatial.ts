/** Spatial augmentation: elastic deformation, rotation and scale in one interpolation (`augment_spatial`). */
import type { RandomStream } from '../../../base/random';
import { happens, aroundOne, uniformIn, type Range } from '../draw';
import {
  interpolateCubic,
  interpolateCubicGrid,
  interpolateMasks,
} from '../../../volume/interpolate';
import { openScratch } from '../../../volume/scratch';
import { type Sample } from '../sample';
import { voxelCount, type Size3 } from '../../../volume/size';
import { drawElasticOffsets, type Offsets } from './elastic';

export interface SpatialOptions {
  elasticProbability: number;
  /** alpha: what the smoothed noise of -1 to 1 is multiplied by, in voxels. */
  elasticStrength: Range;
  /** sigma of the smoothing, in voxels. */
  elasticSigma: Range;
  rotationProbability: number;
  /** About each of the three axes. */
  rotationDegrees: Range;
  scaleProbability: number;
  /** Of the coordinates: above 1 more is seen, smaller. As often below 1 as above. */
  scaleRange: Range;
}

/** The deformation of the crop; absent parts have no effect. */
export interface Deformation {
  offsets?: Offsets;
  /** About depth, height and width, in radians. */
  angles?: readonly [number, number, number];
  scale?: number;
  /** The point of the sample that becomes the middle, in voxels from the first one's centre. */
  centre: readonly [number, number, number];
}

const NONE = new Float64Array(0);
const NO_OFFSETS: Offsets = [NONE, NONE, NONE];
const scratch = openScratch();

/** @returns the sample itself if nothing was drawn */
export function drawSpatial(sample: Sample, options: SpatialOptions, stream: RandomStream): Sample {
  const elastic = stream.split('elastic');
  const rotation = stream.split('rotation');
  const scaling = stream.split('scale');
  const deformation: Omit<Deformation, 'centre'> = {};
  if (happens(elastic, options.elasticProbability)) {
    const strength = uniformIn(elastic, options.elasticStrength);
    const sigma = uniformIn(elastic, options.elasticSigma);
    deformation.offsets = drawElasticOffsets(sample.size, strength, sigma, elastic);
  }
  if (happens(rotation, options.rotationProbability)) {
    const angle = (): number => (uniformIn(rotation, options.rotationDegrees) * Math.PI) / 180;
    deformation.angles = [angle(), angle(), angle()];
  }
  if (happens(scaling, options.scaleProbability)) {
    deformation.scale = aroundOne(scaling, options.scaleRange);
  }
  if (Object.keys(deformation).length === 0) return sample;
  const centre = drawCentre(sample.size, stream.split('centre'));
  return warpSample(sample, { ...deformation, centre });
}

/**
 * U(floor(n / 2), n - floor(n / 2)) along each axis, so exactly n / 2 for an even size: half a voxel
 * beyond the middle of the voxels' centres, (n - 1) / 2. Whatever is deformed is also shifted by this.
 */
function drawCentre(size: Size3, stream: RandomStream): [number, number, number] {
  const along = (side: number): number =>
    uniformIn(stream, [Math.floor(side / 2), side - Math.floor(side / 2)]);
  return [along(size[0]), along(size[1]), along(size[2])];
}

/**
 * Where each voxel of the result lies in the sample: R^T (x - (size - 1) / 2 + offset) * scale + centre
 * with R = R_depth R_height R_width.
 * @returns [3, D, H, W], in voxels, which the next call overwrites
 */
function deformedPoints(
  size: Size3,
  { offsets, angles = [0, 0, 0], scale = 1, centre }: Deformation,
): Float64Array {
  const count = voxelCount(size);
  const points = scratch(3 * count);
  const [depth, height, width] = size;
  const turn = rotationMatrix(angles).map((row) => row.map((cell) => cell * scale));
  const [[dd, dh, dw], [hd, hh, hw], [wd, wh, ww]] = turn;
  const [middleD, middleH, middleW] = centre;
  const [offsetD, offsetH, offsetW] = offsets ?? NO_OFFSETS;
  const halfD = (depth - 1) / 2;
  const halfH = (height - 1) / 2;
  const halfW = (width - 1) / 2;
  let i = 0;
  for (let d = 0; d < depth; d++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++, i++) {
        let x = d - halfD;
        let y = h - halfH;
        let z = w - halfW;
        if (i < offsetD.length) {
          x += offsetD[i];
          y += offsetH[i];
          z += offsetW[i];
        }
        points[i] = dd * x + hd * y + wd * z + middleD;
        points[count + i] = dh * x + hh * y + wh * z + middleH;
        points[2 * count + i] = dw * x + hw * y + ww * z + middleW;
      }
    }
  }
  return points;
}

/** Per axis the coordinates of a deformation that only scales: there each depends on its own axis alone. */
function gridOf(
  [depth, height, width]: Size3,
  points: Float64Array,
): [Float64Array, Float64Array, Float64Array] {
  const count = depth * height * width;
  return [
    Float64Array.from({ length: depth }, (_, d) => points[d * height * width]),
    Float64Array.from({ length: height }, (_, h) => points[count + h * width]),
    Float64Array.from({ length: width }, (_, w) => points[2 * count + w]),
  ];
}

function rotationMatrix([a, b, c]: readonly [number, number, number]): number[][] {
  const about = [
    [
      [1, 0, 0],
      [0, Math.cos(a), -Math.sin(a)],
      [0, Math.sin(a), Math.cos(a)],
    ],
    [
      [Math.cos(b), 0, Math.sin(b)],
      [0, 1, 0],
      [-Math.sin(b), 0, Math.cos(b)],
    ],
    [
      [Math.cos(c), -Math.sin(c), 0],
      [Math.sin(c), Math.cos(c), 0],
      [0, 0, 1],
    ],
  ];
  return about.reduce((left, right) =>
    left.map((row) => [0, 1, 2].map((j) => row.reduce((sum, x, k) => sum + x * right[k][j], 0))),
  );
}

/**
 * The sample at the deformed points: images by cubic spline, regions where linear interpolation is at least 0.5;
 * both 0 at points outside the outermost voxels' centres.
 */
function warpSample({ size, images, regions }: Sample, deformation: Deformation): Sample {
  const points = deformedPoints(size, deformation);
  const warped = {
    size,
    images: new Float32Array(images.length),
    regions: new Uint8Array(regions.length),
  };
  if (deformation.offsets || deformation.angles) {
    interpolateCubic(images, size, points, warped.images);
  } else {
    interpolateCubicGrid(images, size, gridOf(size, points), warped.images);
  }
  interpolateMasks(regions, size, points, warped.regions);
  return warped;
}
