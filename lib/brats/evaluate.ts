/** A trained network over the 15 subsets. */
import { labelsOfRegions, REGIONS, regionMasks } from '../data/brats';
import type { PreparedCase, Sample, Size3 } from '../data/sampling';
import { REGION_THRESHOLD, segmentSubsets } from '../inference';
import { diceScore } from '../metrics';
import { MODALITY_SUBSETS } from '../modality';
import type { NamedTensors } from '../nn/parameters';

/** Dice of a case: [15 subsets in the order of `MODALITY_SUBSETS`][ET, WT, TC]. */
export type SubsetScores = number[][];

/**
 * What a network makes of a case with each subset of its scans: sliding window, threshold, label map.
 * @returns one label map [D, H, W] a subset in the kit's codes, in the order of `MODALITY_SUBSETS`
 */
export function predictSubsets(
  parameters: NamedTensors,
  { size, images }: Pick<Sample, 'size' | 'images'>,
  tile: Size3,
): Uint8Array[] {
  const probabilities = segmentSubsets(parameters, { size, images }, MODALITY_SUBSETS, { tile });
  return probabilities.map((map) => labelsOfRegions(map.map((p) => Number(p > REGION_THRESHOLD))));
}

/**
 * Dice of a label map: [ET, WT, TC].
 * @param labels [D, H, W] in the kit's codes
 * @param regions [3, D, H, W], the truth
 */
export function labelDice(labels: Uint8Array, regions: Uint8Array): number[] {
  const masks = regionMasks(labels);
  return REGIONS.map((_, region) => {
    const of = (values: Uint8Array): Uint8Array =>
      values.subarray(region * labels.length, (region + 1) * labels.length);
    return diceScore(of(masks), of(regions));
  });
}

/** Dice of every subset and region of a case, scored as a label map that is handed in would be. */
export function scoreSubsets(
  parameters: NamedTensors,
  prepared: PreparedCase,
  tile: Size3,
): SubsetScores {
  return predictSubsets(parameters, prepared, tile).map((labels) =>
    labelDice(labels, prepared.regions),
  );
}
