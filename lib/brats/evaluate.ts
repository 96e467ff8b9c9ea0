/** A trained network over the 15 subsets. */
import { REGIONS, regionMasks } from '../datasets/brats';
import type { PreparedCase, Sample } from '../loading/sampling';
import type { Size3 } from '../volume/size';
import { voxelCount } from '../volume/size';
import { labelsOfProbabilities } from './infer/labels';
import { segmentSlabs, segmentSubsets } from './infer/segment-slabs';
import { diceScore, overlapCounts, scoresOfCounts, type OverlapCounts } from '../metrics/overlap';
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
 */
export function labelDice(labels: Uint8Array, regions: Uint8Array): number[] {
  const masks = regionMasks(labels);
  return REGIONS.map((_, region) => {
    const of = (values: Uint8Array): Uint8Array =>
      values.subarray(region * labels.length, (region + 1) * labels.length);
    return diceScore(of(masks), of(regions));
  });
}

/**
 * Dice of every subset and region of a case: sliding window, threshold, label map and back, as a submitted
 * label map would be scored.
 *
 * Threshold and label map are per voxel, so each slab is counted as it comes and thrown
 * away. Memory: that of `segmentSlabs`, no map of the whole volume.
 *
 * @param subsets default: all 15
 * @param steps as in `SlabOptions`
 */
export function scoreSubsets(
  network: Network,
  { size, images, regions }: PreparedCase,
  tile: Size3,
  subsets: readonly (readonly Modality[])[] = MODALITY_SUBSETS,
  steps?: Steps,
): SubsetScores {
  const count = voxelCount(size);
  const plane = size[1] * size[2];
  const counts = subsets.map(() => REGIONS.map(() => NOTHING));
  for (const event of segmentSlabs(network, { size, images }, subsets, { tile, steps })) {
    if (event.kind === 'tile') continue;
    const masks = regionMasks(labelsOfProbabilities(event.probabilities, network.model.labels));
    const [from, to] = [event.from * plane, event.to * plane];
    counts[event.subset] = counts[event.subset].map((sum, region) => {
      const predicted = masks.subarray(region * (to - from), (region + 1) * (to - from));
      const truth = regions.subarray(region * count + from, region * count + to);
      return added(sum, overlapCounts(predicted, truth));
    });
  }
  return counts.map((own) => own.map((sum) => scoresOfCounts(sum).dice));
}

const NOTHING: OverlapCounts = { both: 0, prediction: 0, truth: 0, all: 0 };

function added(a: OverlapCounts, b: OverlapCounts): OverlapCounts {
  return {
    both: a.both + b.both,
    prediction: a.prediction + b.prediction,
    truth: a.truth + b.truth,
    all: a.all + b.all,
  };
}
