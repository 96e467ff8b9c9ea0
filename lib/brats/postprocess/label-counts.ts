/** Numbers of voxels per label. */
import { LABELS } from '../../datasets/brats/label-codes';

export interface LabelCounts {
  /** Label 1. */
  core: number;
  /** Label 2. */
  oedema: number;
  /** Label 4. */
  enhancing: number;
}

/**
 * Counts of a label map in the kit's codes, or of some of its voxels.
 * @param indices the voxels to count; all by default
 */
export function labelCounts(labels: Uint8Array, indices?: Int32Array): LabelCounts {
  const counts = new Float64Array(256);
  if (indices) for (const index of indices) counts[labels[index]] += 1;
  else for (let i = 0; i < labels.length; i++) counts[labels[i]] += 1;
  return {
    core: counts[LABELS.core],
    oedema: counts[LABELS.oedema],
    enhancing: counts[LABELS.enhancing],
  };
}
