/** Segmentation of a whole volume, tile by tile, for any subsets of the scans at once. */
import { MODALITIES, type Modality } from '../../base/modality';
import { openSteps, type Steps } from '../../graph/steps';
import { tf } from '../../nn/tf';
import { voxelCount, type Size3 } from '../../volume/size';
import type { Network } from '../models/model';
import { openSlab } from './slab';
import { cutTile, tileStarts, type Blending, type Overlap } from './tiles';
import type { ScanVolume } from './volumes';

export { tileStarts, type Blending, type Overlap };

export interface SlabOptions {
  tile: Size3;
  /** How overlapping tiles are blended. Default: their mean. */
  blending?: Blending;
  /** How much of a tile the next one overlaps. Default: the model's. */
  overlap?: Overlap;
  /** Whose functions go on over several volumes; the caller disposes of them. Default: those of this volume. */
  steps?: Steps;
}

/** Events of a segmentation. */
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
 * Probabilities of ET, WT, TC for each subset: mean over tiles of those of the logits, in slabs along the
 * depth that are yielded as soon as no later tile touches them. Slabs of a subset come in order and without gaps.
 * The model computes once what several subsets share (`openTiles`).
 *
 * Memory: a tile's tensors, and for each subset 12 bytes times the voxels of a slab as deep as a tile
 * (BraTS with the authors' tile: 55 MB per subset), for any number of tiles.
 */
export function* segmentSlabs(
  { model, parameters, config }: Network,
  { size, images }: ScanVolume,
  subsets: readonly (readonly Modality[])[],
  { tile, blending = 'mean', overlap = model.overlap ?? 'third', steps }: SlabOptions,
): Generator<SlabEvent> {
  const used = MODALITIES.filter((modality) => subsets.some((own) => own.includes(modality)));
  const slabs = subsets.map(() => openSlab(size, tile, { blending, overlap }));
  const [depths, ...rest] = size.map((side, axis) => tileStarts(side, tile[axis], overlap));
  const corners = rest[0].flatMap((y) => rest[1].map((x) => [y, x] as const));
  const total = depths.length * corners.length;
  const own = steps ?? openSteps({ expected: total * subsets.length });
  const tiles = model.openTiles(parameters, tile, own, config?.scans);
  let done = 0;
  try {
    yield { kind: 'tile', done, total };
    for (const [i, z] of depths.entries()) {
      for (const corner of corners) {
        const open = tiles.open(
          new Map(
            used.map((modality) => [
              modality,
              cutTile(images, size, [z, ...corner], tile, MODALITIES.indexOf(modality)),
            ]),
          ),
        );
        for (const [s, subset] of subsets.entries()) {
          const probabilities = tf.tidy(() => model.probabilities(open.logits(subset)));
          slabs[s].add(probabilities.dataSync() as Float32Array, corner);
          probabilities.dispose();
        }
        open.dispose();
        done += 1;
        yield { kind: 'tile', done, total };
      }
      const to = depths[i + 1] ?? size[0];
      for (const [subset, slab] of slabs.entries()) {
        yield { kind: 'slab', subset, from: z, to, probabilities: slab.take(to - z) };
      }
    }
  } finally {
    tiles.dispose();
    if (!steps) own.dispose();
  }
}

export interface InferenceOptions extends SlabOptions {
  /** Called after each tile. */
  onTile?: (done: number, total: number) => void;
}

/**
 * The result of `segmentSlabs` as whole volumes.
 * @returns one [3, D, H, W] per subset, in the order of `subsets`; for BraTS 107 MB each
 */
export function segmentSubsets(
  network: Network,
  volume: ScanVolume,
  subsets: readonly (readonly Modality[])[],
  { onTile, ...options }: InferenceOptions,
): Float32Array[] {
  const maps = subsets.map(() => new Float32Array(3 * voxelCount(volume.size)));
  for (const event of segmentSlabs(network, volume, subsets, options)) {
    if (event.kind === 'tile') {
      if (event.done > 0) onTile?.(event.done, event.total);
    } else placeSlab(maps[event.subset], event.probabilities, event.from, volume.size);
  }
  return maps;
}

/** Copies a slab [3, slices, H, W] into a volume [3, D, H, W] at its first slice. */
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
