/** Each case's own brain: the anatomy under a random affine and smooth warp. */
import type { RandomStream } from '../../base/random';
import { BRAIN_CENTRE_MM, DISTANCE_UNIT_MM, type Anatomy } from './anatomy';
import { countVoxels, type PhantomGrid } from './grid';
import { addField, smoothField } from './smooth-field';
import { cornerOf, sample } from './trilinear';

/** A place in the anatomy (MNI, mm) about which tissue is pushed outward; less than 0 draws it in. */
export interface Bulge {
  centre: readonly number[];
  radiusMm: number;
  /** Below 0.8, so that nothing folds over. */
  strength: number;
}

/** Each array is [voxels] on the grid and 0 outside of the brain; shares of tissue sum to 1 inside. */
export interface WarpedBrain {
  brain: Uint8Array;
  grey: Float32Array;
  white: Float32Array;
  fluid: Float32Array;
  /** mm to the outside of the brain, and to the ventricles (at most 63). */
  depth: Float32Array;
  ventricles: Float32Array;
  /** The voxel of the brain nearest to each landmark. */
  landmarks: number[];
}

export interface WarpOptions {
  stream: RandomStream;
  bulges: readonly Bulge[];
  /** Points in the anatomy (MNI, mm) to be located in the case. */
  landmarks: readonly (readonly number[])[];
}

/** BraTS' brains are about this much smaller than the MNI average, which is larger than most heads. */
const MEAN_SCALE = 0.89;
/** Distance of control points and standard deviation of the warp, mm: lobes, then gyri. */
const WARPS = [
  { controlMm: 42, sdMm: 3.2 },
  { controlMm: 15, sdMm: 1.1 },
] as const;

/** The anatomy as one case's brain on the grid. */
export function warpAnatomy(
  anatomy: Anatomy,
  grid: PhantomGrid,
  { stream, bulges, landmarks }: WarpOptions,
): WarpedBrain {
  const affine = drawAffine(stream.split('affine'));
  const shift = [0, 1, 2].map((axis) => {
    const total = new Float32Array(countVoxels(grid));
    for (const { controlMm, sdMm } of WARPS) {
      addField(
        total,
        smoothField(stream.split(`warp ${controlMm} ${axis}`), grid, controlMm),
        sdMm,
      );
    }
    return total;
  });
  const tissue = drawTissue(stream.split('tissue'));
  const warped = emptyBrain(grid);
  const nearest = landmarks.map(() => Infinity);
  const { shape, step, origin } = anatomy;
  const [sizeX, sizeY, sizeZ] = grid.shape;
  const place = [0, 0, 0];
  let voxel = 0;
  for (let k = 0; k < sizeZ; k++) {
    const up = (k - (sizeZ - 1) / 2) * grid.spacing;
    for (let j = 0; j < sizeY; j++) {
      const front = ((sizeY - 1) / 2 - j) * grid.spacing;
      for (let i = 0; i < sizeX; i++, voxel++) {
        const right = ((sizeX - 1) / 2 - i) * grid.spacing;
        for (let axis = 0; axis < 3; axis++) {
          const [a, b, c, d] = affine[axis];
          place[axis] = a * right + b * front + c * up + d + shift[axis][voxel];
        }
        for (const bulge of bulges) drawIn(place, bulge);
        const x = (place[0] - origin[0]) / step[0];
        const y = (place[1] - origin[1]) / step[1];
        const z = (place[2] - origin[2]) / step[2];
        if (!(x >= 0 && y >= 0 && z >= 0)) continue;
        if (!(x < shape[0] - 1 && y < shape[1] - 1 && z < shape[2] - 1)) continue;
        const at = cornerOf(shape, x, y, z);
        if (sample(anatomy.brain, at) < 127.5) continue;
        warped.brain[voxel] = 1;
        tissue(sample(anatomy.grey, at) / 255, sample(anatomy.white, at) / 255, voxel, warped);
        warped.depth[voxel] = sample(anatomy.depth, at) * DISTANCE_UNIT_MM;
        warped.ventricles[voxel] = sample(anatomy.ventricles, at) * DISTANCE_UNIT_MM;
        for (let n = 0; n < landmarks.length; n++) {
          const [lx, ly, lz] = landmarks[n];
          const apart = (place[0] - lx) ** 2 + (place[1] - ly) ** 2 + (place[2] - lz) ** 2;
          if (apart >= nearest[n]) continue;
          nearest[n] = apart;
          warped.landmarks[n] = voxel;
        }
      }
    }
  }
  return warped;
}

function emptyBrain(grid: PhantomGrid): WarpedBrain {
  const count = countVoxels(grid);
  const [grey, white, fluid, depth, ventricles] = [0, 1, 2, 3, 4].map(
    () => new Float32Array(count),
  );
  return { brain: new Uint8Array(count), grey, white, fluid, depth, ventricles, landmarks: [] };
}

/** Rows [a, b, c, d] of the map from the case's mm about the field's middle to MNI mm. */
function drawAffine(stream: RandomStream): number[][] {
  const about = (mean: number, sd: number): number => mean + sd * limited(stream);
  const angles = [about(0, 4), about(0, 3), about(0, 3)].map(
    (degrees) => (degrees * Math.PI) / 180,
  );
  const scale = about(1, 0.025);
  const scales = [0, 1, 2].map(() => MEAN_SCALE * scale * about(1, 0.02));
  const shifts = [about(0, 1.5), about(0, 3), about(0, 2)];
  const rotation = angles.reduce(
    (matrix, angle, axis) => multiply(matrix, turn(axis, angle)),
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  );
  return rotation.map((row, axis) => [
    ...row.map((cell) => cell / scales[axis]),
    BRAIN_CENTRE_MM[axis] + shifts[axis],
  ]);
}

/** A normal number within two standard deviations. */
function limited(stream: RandomStream): number {
  return Math.min(Math.max(stream.normal(), -2), 2);
}

function turn(axis: number, angle: number): number[][] {
  const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
  return [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) => {
      if (row === axis || column === axis) return row === column ? 1 : 0;
      if (row === column) return Math.cos(angle);
      return row === u && column === v ? -Math.sin(angle) : Math.sin(angle);
    }),
  );
}

function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row) =>
    [0, 1, 2].map((column) => row.reduce((sum, cell, i) => sum + cell * b[i][column], 0)),
  );
}

/** Where the tissue at a place comes from: nearer to the bulge's centre than it is now. */
function drawIn(place: number[], { centre, radiusMm, strength }: Bulge): void {
  const [x, y, z] = [place[0] - centre[0], place[1] - centre[1], place[2] - centre[2]];
  const squared = (x * x + y * y + z * z) / (2 * radiusMm * radiusMm);
  if (squared > 12) return;
  const factor = 1 - strength * Math.exp(-squared);
  place[0] = centre[0] + factor * x;
  place[1] = centre[1] + factor * y;
  place[2] = centre[2] + factor * z;
}

/**
 * Shares of tissue from the average's. An average of many brains is blurred, so its shares are raised to
 * a power, which sharpens one brain's borders; fluid gets more weight in a brain with wider sulci.
 */
function drawTissue(
  stream: RandomStream,
): (grey: number, white: number, voxel: number, into: WarpedBrain) => void {
  const power = 1.3 + 0.4 * stream.uniform();
  const sulci = Math.exp(1.4 * stream.uniform());
  return (grey, white, voxel, into) => {
    const g = grey ** power;
    const w = white ** power;
    const f = sulci * Math.max(1 - grey - white, 0) ** power;
    const sum = g + w + f;
    into.grey[voxel] = g / sum;
    into.white[voxel] = w / sum;
    into.fluid[voxel] = f / sum;
  };
}
