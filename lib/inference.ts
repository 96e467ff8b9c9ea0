/** Segmentation of a whole volume, tile by tile, for any subsets of the scans at once. */
import { fillMissing } from './mckd';
import { availabilityOf, MODALITIES, type Modality } from './modality';
import { decodeRegions, encodeModalities, type Encoded } from './models/segmentation';
import type { NamedTensors } from './nn/parameters';
import { voxelCount, type Size3 } from './data/sampling/sample';
import { openSlab } from './inference/slab';
import { cutTile, tileStarts, type Blending } from './inference/tiles';
import { tf } from './tf';

/** Probability above which a voxel belongs to a region (numpy's round: 0.5 does not). */
export const REGION_THRESHOLD = 0.5;

export { tileStarts, type Blending };

/** The scans of a case on its grid. */
export interface ScanVolume {
  size: Size3;
  /** [4, D, H, W], normalised; what an absent scan holds is not looked at. */
  images: Float32Array;
}

export interface SlabOptions {
  tile: Size3;
  /** How overlapping tiles are put together. Default: their plain mean. */
  blending?: Blending;
}

/** What a segmentation tells on its way. */
export type SlabEvent =
  | {
      /** The first comes before any tile is done. */
      kind: 'tile';
      done: number;
      total: number;
    }
  | {
      kind: 'slab';
      /** Index in `subsets`. */
      subset: number;
      /** First slice, and the one after the last. */
      from: number;
      to: number;
      /** ET, WT, TC: [3, to - from, H, W]. */
      probabilities: Float32Array;
    };

/**
 * Probabilities of ET, WT, TC for each subset: mean over tiles of sigmoid(logits), in slabs along the
 * depth that come as soon as no later tile touches them. Slabs of a subset come in order and have no gap.
 *
 * An encoder sees one modality at a time, so the scans of a tile that any subset has are encoded once for
 * all, and an absent scan, a volume of zeros, once for all modalities and tiles.
 *
 * Memory: a tile's tensors, and for each subset 12 bytes times the voxels of a slab as deep as a tile
 * (BraTS with the authors' tile: 55 MB a subset), however many tiles there are.
 */
export function* segmentSlabs(
  parameters: NamedTensors,
  { size, images }: ScanVolume,
  subsets: readonly (readonly Modality[])[],
  { tile, blending = 'mean' }: SlabOptions,
): Generator<SlabEvent> {
  const used = MODALITIES.filter((modality) => subsets.some((own) => own.includes(modality)));
  const channels = used.map((modality) => MODALITIES.indexOf(modality));
  const slabs = subsets.map(() => openSlab(size, tile, blending));
  const [depths, ...rest] = size.map((side, axis) => tileStarts(side, tile[axis]));
  const corners = rest[0].flatMap((y) => rest[1].map((x) => [y, x] as const));
  const total = depths.length * corners.length;
  const absent = encodeZeros(parameters, tile);
  let done = 0;
  try {
    yield { kind: 'tile', done, total };
    for (const [i, z] of depths.entries()) {
      for (const corner of corners) {
        const input = cutTile(images, size, [z, ...corner], tile, channels);
        const scans = tf.tensor5d(input, [1, ...tile, used.length]);
        const present = encodeModalities(parameters, scans);
        scans.dispose();
        for (const [s, subset] of subsets.entries()) {
          const probabilities = tf.tidy(() => {
            const { features, skips } = mixed(present, absent, used, subset);
            return tf.sigmoid(decodeRegions(parameters, features, skips));
          });
          slabs[s].add(probabilities.dataSync() as Float32Array, corner);
          probabilities.dispose();
        }
        disposeEncoded(present);
        done += 1;
        yield { kind: 'tile', done, total };
      }
      const to = depths[i + 1] ?? size[0];
      for (const [subset, slab] of slabs.entries()) {
        yield { kind: 'slab', subset, from: z, to, probabilities: slab.take(to - z) };
      }
    }
  } finally {
    disposeEncoded(absent);
  }
}

export interface InferenceOptions extends SlabOptions {
  /** Told after each tile. */
  onTile?: (done: number, total: number) => void;
}

/**
 * What `segmentSlabs` gives, whole.
 * @returns one [3, D, H, W] a subset, in the order of `subsets`; for BraTS 107 MB each
 */
export function segmentSubsets(
  parameters: NamedTensors,
  volume: ScanVolume,
  subsets: readonly (readonly Modality[])[],
  { onTile, ...options }: InferenceOptions,
): Float32Array[] {
  const maps = subsets.map(() => new Float32Array(3 * voxelCount(volume.size)));
  for (const event of segmentSlabs(parameters, volume, subsets, options)) {
    if (event.kind === 'tile') {
      if (event.done > 0) onTile?.(event.done, event.total);
    } else placeSlab(maps[event.subset], event.probabilities, event.from, volume.size);
  }
  return maps;
}

/** Puts a slab [3, slices, H, W] into a volume [3, D, H, W] at its first slice. */
export function placeSlab(
  map: Float32Array,
  slab: Float32Array,
  from: number,
  [depth, height, width]: Size3,
): void {
  const length = slab.length / 3;
  for (let region = 0; region < 3; region++) {
    const start = (region * depth + from) * height * width;
    map.set(slab.subarray(region * length, (region + 1) * length), start);
  }
}

/** An absent scan, encoded. */
function encodeZeros(parameters: NamedTensors, tile: Size3): Encoded {
  const zeros = tf.zeros<tf.Rank.R5>([1, ...tile, 1]);
  const encoded = encodeModalities(parameters, zeros);
  zeros.dispose();
  return encoded;
}

/** The encodings of a sample that has the scans of `subset` alone, its absent features filled. */
function mixed(
  present: Encoded,
  absent: Encoded,
  used: readonly Modality[],
  subset: readonly Modality[],
): Encoded {
  const has = availabilityOf(subset);
  /** One tensor a modality: its own where the subset has it, else that of zeros. */
  const chosen = (own: tf.Tensor[], zeros: tf.Tensor): tf.Tensor[] =>
    MODALITIES.map((modality, m) => (has[m] ? own[used.indexOf(modality)] : zeros));
  const features = chosen(present.features, absent.features[0]);
  const skips = present.skips.map((skip, level) => {
    const own = tf.split(skip, used.length, 4);
    return tf.concat(chosen(own, absent.skips[level]), 4) as tf.Tensor5D;
  });
  return { features: fillMissing(features, [has]) as tf.Tensor5D[], skips };
}

function disposeEncoded({ features, skips }: Encoded): void {
  tf.dispose([...features, ...skips]);
}
