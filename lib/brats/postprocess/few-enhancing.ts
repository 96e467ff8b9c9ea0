/** A few enhancing voxels count as none (rule 4 of the post-processing). */
import { LABELS } from '../../datasets/brats/label-codes';
import { labelCounts } from './label-counts';
import { PAPER_POSTPROCESSING, type PostprocessingOptions } from './options';

export interface FewEnhancing {
  /** A new label map. */
  labels: Uint8Array;
  /** How many ET voxels there were. */
  enhancingVoxels: number;
  /** How many became label 1: all of them or none. */
  voxels: number;
}

/**
 * All ET voxels become label 1 (they stay in the core) if there are fewer than `fewEnhancingVoxels`.
 * @param labels [voxels]; not changed
 */
export function relabelFewEnhancing(
  labels: Uint8Array,
  options: Partial<Pick<PostprocessingOptions, 'fewEnhancingVoxels'>> = {},
): FewEnhancing {
  const { fewEnhancingVoxels } = { ...PAPER_POSTPROCESSING, ...options };
  const { enhancing } = labelCounts(labels);
  if (enhancing >= fewEnhancingVoxels) {
    return { labels: labels.slice(), enhancingVoxels: enhancing, voxels: 0 };
  }
  const relabelled = labels.map((label) => (label === LABELS.enhancing ? LABELS.core : label));
  return { labels: relabelled, enhancingVoxels: enhancing, voxels: enhancing };
}
