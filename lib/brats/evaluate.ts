/** A trained network over the 15 subsets. */
import { setImmediate as turn } from 'node:timers/promises';
import { REGIONS, regionMasks } from '../datasets/brats';
import type { PreparedCase, Sample } from '../loading/sampling';
import type { Size3 } from '../volume/size';
import { voxelCount } from '../volume/size';
import { labelsOfProbabilities } from './infer/labels';
import { segmentSlabs, segmentSubsets } from './infer/segment-slabs';
import { mean } from '../base/statistics';
import { addToBins, calibrationError, emptyBins } from '../metrics/calibration';
import { hausdorff95 } from '../metrics/hausdorff';
import { overlapCounts, scoresOfCounts } from '../metrics/overlap';
import type { Steps } from '../graph/steps';
import { MODALITY_SUBSETS, type Modality } from '../base/modality';
import type { Network } from './models';

/** Dice of a case: [15 subsets in the order of `MODALITY_SUBSETS`][ET, WT, TC]. */
export type SubsetScores = number[][];

/**
 * A network's segmentation of a case from each subset of its scans: sliding window, threshold, label map.
 * @returns one label map [D, H, W] per subset in the kit's codes, in the order of `MODALITY_SUBSETS`
 */
export function predictSubsets(
  network: Network,
  { size, images }: Pick<Sample, 'size' | 'images'>,
  tile: Size3,
): Uint8Array[] {
  const maps = segmentSubsets(network, { size, images }, MODALITY_SUBSETS, { tile });
  return maps.map((map) => labelsOfProbabilities(map, network.model.labels));
}

/**
 * Dice of a label map: [ET, WT, TC].
 * @param labels [D, H, W] in the kit's codes
 * @param regions [3, D, H, W], the ground truth
 * @param outside voxels of each region in the ground truth outside of this volume, which are missed
 */
export function labelDice(
  labels: Uint8Array,
  regions: Uint8Array,
  outside: readonly number[] = [0, 0, 0],
): number[] {
  const masks = regionMasks(labels);
  return REGIONS.map((_, region) => {
    const of = (values: Uint8Array): Uint8Array =>
      values.subarray(region * labels.length, (region + 1) * labels.length);
    const counts = overlapCounts(of(masks), of(regions));
    return scoresOfCounts({ ...counts, truth: counts.truth + outside[region] }).dice;
  });
}

/** What a network gives for a case, from each subset of its scans. */
export interface CaseScores {
  dice: SubsetScores;
  /** mm, by BraTS' convention for empty regions; absent if no voxel size was given. */
  hd95?: SubsetScores;
  /** Expected calibration error over all voxels of the volume, mean over ET, WT, TC: [15]. */
  calibration: number[];
}

export interface ScoreOptions {
  tile: Size3;
  /** Edges of a voxel in mm along BraTS' axes, for HD95. */
  voxelSize?: readonly number[];
  /** Default: all 15. */
  subsets?: readonly (readonly Modality[])[];
  /** As in `SlabOptions`. */
  steps?: Steps;
  /** Stops it between two tiles. */
  signal?: AbortSignal;
}

/**
 * Scores of every subset of a case: sliding window, label map and back, as a submitted label map would be scored.
 *
 * Outside of a case's box nothing is predicted: Dice counts regions there as missed, HD95 leaves them out.
 *
 * Memory: that of `segmentSlabs`, and a byte per voxel and subset.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function scoreCase(
  network: Network,
  { size, images, regions, box }: PreparedCase,
  { tile, voxelSize, subsets = MODALITY_SUBSETS, steps, signal }: ScoreOptions,
): Promise<CaseScores> {
  const checkSignal = async (): Promise<void> => {
    // So that signals of the process are handled.
    await turn();
    signal?.throwIfAborted();
  };
  const count = voxelCount(size);
  const plane = size[1] * size[2];
  const labels = subsets.map(() => new Uint8Array(count));
  const bins = subsets.map(() => REGIONS.map(emptyBins));
  for (const event of segmentSlabs(network, { size, images }, subsets, { tile, steps })) {
    if (event.kind === 'tile') {
      await checkSignal();
      continue;
    }
    const { subset, probabilities } = event;
    const [from, to] = [event.from * plane, event.to * plane];
    labels[subset].set(labelsOfProbabilities(probabilities, network.model.labels), from);
    bins[subset].forEach((own, region) => {
      const predicted = probabilities.subarray(region * (to - from), (region + 1) * (to - from));
      addToBins(own, predicted, regions.subarray(region * count + from, region * count + to));
    });
  }
  const calibration = bins.map((own) => mean(own.map(calibrationError)));
  const dice = labels.map((own) => labelDice(own, regions, box?.regionsOutside));
  if (!voxelSize) return { dice, calibration };
  // Width, height, depth, the first fastest; of the files' axes that is the second, first and third.
  const grid = [size[2], size[1], size[0]];
  const spacing = [voxelSize[1], voxelSize[0], voxelSize[2]];
  const hd95: SubsetScores = [];
  for (const own of labels) {
    await checkSignal();
    const masks = regionMasks(own);
    const of = (all: Uint8Array, region: number): Uint8Array =>
      all.subarray(region * count, (region + 1) * count);
    hd95.push(
      REGIONS.map((_, region) =>
        hausdorff95(of(masks, region), of(regions, region), grid, { spacing }),
      ),
    );
  }
  return { dice, hd95, calibration };
}
