/** The part of a volume that tiles are still being added to. */
import { voxelCount, type Size3 } from '../../volume/size';
import { coverage, eachRow, tileWeights, type Blending, type Overlap } from './tiles';

/** Three regions. */
const CHANNELS = 3;

/** Weighted sums of the slices that tiles of one depth touch, [3, d, H, W]; d is at most a tile's depth. */
export interface Slab {
  /** Adds a tile, [d, h, w, 3], whose corner is [y, x] in the slab's plane. */
  add(values: Float32Array, corner: readonly [number, number]): void;
  /** Divides the first slices, which no later tile touches, by their weights, and removes them. [3, slices, H, W] */
  take(slices: number): Float32Array;
}

/** A slab at the volume's first slice. */
export function openSlab(
  size: Size3,
  tile: Size3,
  { blending, overlap }: { blending: Blending; overlap: Overlap },
): Slab {
  const [, height, width] = size;
  const plane = height * width;
  const depth = Math.min(size[0], tile[0]);
  const window: Size3 = [depth, height, width];
  const count = voxelCount(window);
  const sums = new Float32Array(CHANNELS * count);
  const weights = tile.map((side) => tileWeights(side, blending));
  const across = weights[2];
  const covered = size.map((side, axis) => coverage(side, weights[axis], overlap));
  let first = 0;
  return {
    add: (values, [y0, x0]) => {
      eachRow(window, [0, y0, x0], tile, (to, from, length, z, y) => {
        const weight = weights[0][z] * weights[1][y];
        // Region by region, so that sums are written one after another.
        for (let c = 0; c < CHANNELS; c++) {
          const row = c * count + to;
          const at = CHANNELS * from + c;
          for (let x = 0; x < length; x++) {
            sums[row + x] += weight * across[x] * values[at + CHANNELS * x];
          }
        }
      });
    },
    take: (slices) => {
      const finished = new Float32Array(CHANNELS * slices * plane);
      for (let c = 0; c < CHANNELS; c++) {
        for (let row = 0; row < slices * height; row++) {
          const weight = covered[0][first + Math.floor(row / height)] * covered[1][row % height];
          const from = c * count + row * width;
          const to = (c * slices * height + row) * width;
          for (let x = 0; x < width; x++) {
            finished[to + x] = sums[from + x] / (weight * covered[2][x]);
          }
        }
        sums.copyWithin(c * count, c * count + slices * plane, (c + 1) * count);
        sums.fill(0, (c + 1) * count - slices * plane, (c + 1) * count);
      }
      first += slices;
      return finished;
    },
  };
}
