/** A trained network over the 15 subsets. */
import { labelsOfRegions, regionMasks } from '../data/brats';
import type { PreparedCase, Size3 } from '../data/sampling';
import { voxelCount } from '../data/sampling/sample';
import { REGION_THRESHOLD, segmentSubsets } from '../inference';
import { diceScore } from '../metrics';
import { MODALITY_SUBSETS } from '../modality';
import type { NamedTensors } from '../nn/parameters';

/** Dice of a case: [15 subsets in the order of `MODALITY_SUBSETS`][ET, WT, TC]. */
export type SubsetScores = number[][];

/**
 * Dice of every subset and region of a case: sliding window, threshold, label map and back, as a label
 * map that is handed in would be scored.
 */
export function scoreSubsets(
  parameters: NamedTensors,
  { size, images, regions }: PreparedCase,
  tile: Size3,
): SubsetScores {
  const count = voxelCount(size);
  const probabilities = segmentSubsets(parameters, { size, images }, MODALITY_SUBSETS, { tile });
  return probabilities.map((map) => {
    const masks = regionMasks(labelsOfRegions(map.map((p) => Number(p > REGION_THRESHOLD))));
    return [0, 1, 2].map((region) => {
      const of = (values: Uint8Array): Uint8Array =>
        values.subarray(region * count, (region + 1) * count);
      return diceScore(of(masks), of(regions));
    });
  });
}
