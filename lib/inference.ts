/** Segmentation of a whole volume, tile by tile, for any subsets of the scans at once. */
import { fillMissing } from './mckd';
import { availabilityOf, MODALITIES, type Modality } from './modality';
import { decodeRegions, encodeModalities, type Encoded } from './models/segmentation';
import type { NamedTensors } from './nn/parameters';
import { voxelCount, type Size3 } from './data/sampling/sample';
import { tf } from './tf';

/**
 * Where tiles of a side begin along a side of the volume (the authors' `predict_sliding`): a third of a tile
 * overlaps, and the last one ends with the volume. A volume smaller than the tile has one tile.
 */
export function tileStarts(side: number, tile: number): number[] {
  if (side <= tile) return [0];
  const stride = Math.ceil((tile * 2) / 3);
  const count = Math.ceil((side - tile) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, side - tile));
}

/** The scans of a case on its grid. */
export interface ScanVolume {
  size: Size3;
  /** [4, D, H, W], normalised; what an absent scan holds is not looked at. */
  images: Float32Array;
}

export interface InferenceOptions {
  tile: Size3;
  /** Told after each tile. */
  onTile?: (done: number, total: number) => void;
}

/**
 * Probabilities of ET, WT, TC for each subset: mean over tiles of sigmoid(logits).
 *
 * An encoder sees one modality at a time, so a tile's four scans are encoded once for all subsets, and
 * an absent scan, a volume of zeros, once for all tiles.
 *
 * @returns one [3, D, H, W] a subset, in the order of `subsets`
 */
export function segmentSubsets(
  parameters: NamedTensors,
  { size, images }: ScanVolume,
  subsets: readonly (readonly Modality[])[],
  { tile, onTile }: InferenceOptions,
): Float32Array[] {
  const count = voxelCount(size);
  const sums = subsets.map(() => new Float32Array(3 * count));
  const hits = new Uint8Array(count);
  const corners = tilesOf(size, tile);
  const absent = encodeZeros(parameters, tile);
  for (const [n, corner] of corners.entries()) {
    const input = cutTile(images, size, corner, tile);
    const scans = tf.tensor5d(input, [1, ...tile, 4]);
    const present = encodeModalities(parameters, scans);
    scans.dispose();
    for (const [s, subset] of subsets.entries()) {
      const probabilities = tf.tidy(() => {
        const { features, skips } = mixed(present, absent, subset);
        return tf.sigmoid(decodeRegions(parameters, features, skips));
      });
      addTile(sums[s], probabilities.dataSync() as Float32Array, size, corner, tile);
      probabilities.dispose();
    }
    countTile(hits, size, corner, tile);
    disposeEncoded(present);
    onTile?.(n + 1, corners.length);
  }
  disposeEncoded(absent);
  for (const sum of sums) {
    for (let i = 0; i < sum.length; i++) sum[i] /= hits[i % count];
  }
  return sums;
}

function encodeZeros(parameters: NamedTensors, tile: Size3): Encoded {
  const zeros = tf.zeros<tf.Rank.R5>([1, ...tile, MODALITIES.length]);
  const encoded = encodeModalities(parameters, zeros);
  zeros.dispose();
  return encoded;
}

/** The encodings of a sample that has the scans of `subset` alone, its absent features filled. */
function mixed(present: Encoded, absent: Encoded, subset: readonly Modality[]): Encoded {
  const has = availabilityOf(subset);
  const features = has.map((there, m) => (there ? present : absent).features[m]);
  const skips = present.skips.map((skip, level) => {
    const [there, gone] = [skip, absent.skips[level]].map((x) => tf.split(x, MODALITIES.length, 4));
    return tf.concat(
      has.map((is, m) => (is ? there : gone)[m]),
      4,
    ) as tf.Tensor5D;
  });
  return { features: fillMissing(features, [has]) as tf.Tensor5D[], skips };
}

function disposeEncoded({ features, skips }: Encoded): void {
  tf.dispose([...features, ...skips]);
}

function tilesOf(size: Size3, tile: Size3): Size3[] {
  const [d, h, w] = size.map((side, axis) => tileStarts(side, tile[axis]));
  return d.flatMap((z) => h.flatMap((y) => w.map((x): Size3 => [z, y, x])));
}

/** Each voxel of the tile that is inside the volume: its index there and in the tile. */
function eachVoxel(
  size: Size3,
  [z0, y0, x0]: Size3,
  tile: Size3,
  visit: (inVolume: number, inTile: number) => void,
): void {
  const [depth, height, width] = tile.map((side, axis) => Math.min(side, size[axis]));
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const volumeRow = ((z0 + z) * size[1] + y0 + y) * size[2] + x0;
      const tileRow = (z * tile[1] + y) * tile[2];
      for (let x = 0; x < width; x++) visit(volumeRow + x, tileRow + x);
    }
  }
}

/** [4, D, H, W] -> [d, h, w, 4], 0 outside. */
function cutTile(images: Float32Array, size: Size3, corner: Size3, tile: Size3): Float32Array {
  const count = voxelCount(size);
  const cut = new Float32Array(voxelCount(tile) * 4);
  eachVoxel(size, corner, tile, (from, to) => {
    for (let m = 0; m < 4; m++) cut[4 * to + m] = images[m * count + from];
  });
  return cut;
}

/** [d, h, w, 3] onto [3, D, H, W]. */
function addTile(
  sums: Float32Array,
  values: Float32Array,
  size: Size3,
  corner: Size3,
  tile: Size3,
): void {
  const count = voxelCount(size);
  eachVoxel(size, corner, tile, (to, from) => {
    for (let r = 0; r < 3; r++) sums[r * count + to] += values[3 * from + r];
  });
}

function countTile(hits: Uint8Array, size: Size3, corner: Size3, tile: Size3): void {
  eachVoxel(size, corner, tile, (to) => (hits[to] += 1));
}
