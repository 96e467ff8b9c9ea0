/** Segmentation of a whole volume, tile by tile, for any subsets of the scans at once. */
import { fillMissing } from '../../mckd';
import { availabilityOf, MODALITIES, type Modality } from '../../base/modality';
import { decodeRegions, encodeModalities, type Encoded } from '../../models/segmentation';
import type { NamedTensors } from '../../nn/parameters';
import { labelsOfRegions } from '../../datasets/brats/regions';
import { voxelCount, type Size3 } from '../../volume/size';
import { openSlab } from './slab';
import type { ScanVolume } from './volumes';
import { cutTile, tileStarts, type Blending } from './tiles';
import { tf } from '../../nn/tf';

/** Probability above which a voxel belongs to a region (numpy's round: 0.5 does not). */
export const REGION_THRESHOLD = 0.5;

/** The label map (0, 1, 2, 4) of probabilities [3, voxels], voxel by voxel. [voxels] */
export function labelsOfProbabilities(probabilities: Float32Array): Uint8Array {
  const masks = new Uint8Array(probabilities.length);
  for (let i = 0; i < masks.length; i++) masks[i] = Number(probabilities[i] > REGION_THRESHOLD);
  return labelsOfRegions(masks);
}

export { tileStarts, type Blending };

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
  const slabs = subsets.map(() => openSlab(size, tile, blending));
  const [depths, ...rest] = size.map((side, axis) => tileStarts(side, tile[axis]));
  const corners = rest[0].flatMap((y) => rest[1].map((x) => [y, x] as const));
  const total = depths.length * corners.length;
  const absent = encodeScan(parameters, new Float32Array(voxelCount(tile)), tile);
  let done = 0;
  try {
    yield { kind: 'tile', done, total };
    for (const [i, z] of depths.entries()) {
      for (const corner of corners) {
        const present = new Map(
          used.map((modality) => {
            const input = cutTile(images, size, [z, ...corner], tile, MODALITIES.indexOf(modality));
            return [modality, encodeScan(parameters, input, tile)];
          }),
        );
        for (const [s, subset] of subsets.entries()) {
          const probabilities = tf.tidy(() => {
            const { features, skips } = mixed(present, absent, subset);
            return tf.sigmoid(decodeRegions(parameters, features, skips));
          });
          slabs[s].add(probabilities.dataSync() as Float32Array, corner);
          probabilities.dispose();
        }
        present.forEach(disposeEncoded);
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

/**
 * One scan's tile [d, h, w], encoded. One at a time: it takes a quarter of the memory of four, and float32
 * rounds alike whichever scans are encoded beside it, so that a subset's numbers don't hang on the others.
 */
function encodeScan(parameters: NamedTensors, values: Float32Array, tile: Size3): Encoded {
  const scan = tf.tensor5d(values, [1, ...tile, 1]);
  const encoded = encodeModalities(parameters, scan);
  scan.dispose();
  return encoded;
}

/** The encodings of a sample that has the scans of `subset` alone, its absent features filled. */
function mixed(
  present: ReadonlyMap<Modality, Encoded>,
  absent: Encoded,
  subset: readonly Modality[],
): Encoded {
  const has = availabilityOf(subset);
  const chosen = MODALITIES.map((modality, m) => (has[m] && present.get(modality)) || absent);
  const features = chosen.map((encoded) => encoded.features[0]);
  const skips = absent.skips.map((_, level) =>
    tf.concat(
      chosen.map((encoded) => encoded.skips[level]),
      4,
    ),
  );
  return {
    features: fillMissing(features, [has]) as tf.Tensor5D[],
    skips: skips as tf.Tensor5D[],
  };
}

function disposeEncoded({ features, skips }: Encoded): void {
  tf.dispose([...features, ...skips]);
}
