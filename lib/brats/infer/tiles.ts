/** Tiles of a sliding window: positions, weights of their voxels, and cutting them out. */
import { voxelCount, type Size3 } from '../../volume/size';

/**
 * How overlapping tiles are blended: their mean (the authors' way), or a mean that weights the
 * middle of a tile more than its border, where the network sees the least context.
 */
export type Blending = 'mean' | 'gaussian';

/** How much of a tile the next one overlaps: a third (the authors' `predict_sliding`), or half (RFNet's test). */
export type Overlap = 'third' | 'half';

/**
 * First indices of tiles along a side of the volume; the last one ends with the volume. A volume smaller than the tile has
 * one tile.
 */
export function tileStarts(side: number, tile: number, overlap: Overlap = 'third'): number[] {
  if (side <= tile) return [0];
  const stride = overlap === 'half' ? Math.floor(tile / 2) : Math.ceil((tile * 2) / 3);
  const count = Math.ceil((side - tile) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, side - tile));
}

/**
 * Weights of a tile's voxels along one of its sides; a voxel's weight is the product of its three.
 *
 * Gaussian: exp(-(i - c)^2 / (2 s^2)), c the middle and s an eighth of the tile, as in nnU-Net. It is
 * 3e-4 at the very border, so no weight is 0.
 *
 * @returns [tile]
 */
export function tileWeights(tile: number, blending: Blending): Float64Array {
  const centre = (tile - 1) / 2;
  const sigma = tile / 8;
  return Float64Array.from({ length: tile }, (_, i) =>
    blending === 'mean' ? 1 : Math.exp(-((i - centre) ** 2) / (2 * sigma ** 2)),
  );
}

/** Sum of the weights that a voxel gets from all tiles along a side. [side] */
export function coverage(side: number, weights: Float64Array, overlap: Overlap): Float64Array {
  const sums = new Float64Array(side);
  for (const start of tileStarts(side, weights.length, overlap)) {
    const end = Math.min(side, start + weights.length);
    for (let i = start; i < end; i++) sums[i] += weights[i - start];
  }
  return sums;
}

/** [4, D, H, W] -> the tile of one channel, [d, h, w], 0 outside the volume. */
export function cutTile(
  images: Float32Array,
  size: Size3,
  corner: Size3,
  tile: Size3,
  channel: number,
): Float32Array {
  const start = channel * voxelCount(size);
  const cut = new Float32Array(voxelCount(tile));
  eachRow(size, corner, tile, (from, to, length) => {
    cut.set(images.subarray(start + from, start + from + length), to);
  });
  return cut;
}

/** Each row of the tile, as much of it as is inside the volume: its index there and in the tile. */
export function eachRow(
  size: Size3,
  [z0, y0, x0]: Size3,
  tile: Size3,
  visit: (inVolume: number, inTile: number, length: number, z: number, y: number) => void,
): void {
  const [depth, height, width] = tile.map((side, axis) => Math.min(side, size[axis]));
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const inVolume = ((z0 + z) * size[1] + y0 + y) * size[2] + x0;
      visit(inVolume, (z * tile[1] + y) * tile[2], width, z, y);
    }
  }
}
