/** Removes false positives (rule 2 of the post-processing): small and low components. */
import { isRemoved, type TumourComponent } from '../../volume/components';
import { PAPER_POSTPROCESSING, type PostprocessingOptions } from './options';

/** The remaining labels, and what was removed. */
export interface Removal {
  /** A new label map; the removed components are 0 in it. */
  labels: Uint8Array;
  components: number;
  voxels: number;
}

/**
 * Removes every component with fewer voxels than
 *
 *     min(smallVoxels, smallFraction * voxels of the largest component)
 *
 * One of exactly so many is kept, and so is always the largest.
 *
 * @param labels [voxels]; not changed
 * @param components all of the prediction's
 */
export function removeSmallComponents(
  labels: Uint8Array,
  components: readonly TumourComponent[],
  options: Partial<Pick<PostprocessingOptions, 'smallVoxels' | 'smallFraction'>> = {},
): Removal {
  const { smallVoxels, smallFraction } = { ...PAPER_POSTPROCESSING, ...options };
  const largest = components.reduce((most, { indices }) => Math.max(most, indices.length), 0);
  // Not rounded, as in the authors' code: 0.1 * 70 is slightly over 7, so 7 voxels are removed.
  const least = Math.min(smallVoxels, largest * smallFraction);
  return remove(labels, components, ({ indices }) => indices.length < least);
}

/**
 * Removes every component whose highest slice is `lowSlice` or lower: below the brain, in BraTS.
 *
 * @param labels [voxels]; not changed
 * @param components of the prediction; those that are removed already are not counted again
 */
export function removeLowComponents(
  labels: Uint8Array,
  components: readonly TumourComponent[],
  options: Partial<Pick<PostprocessingOptions, 'lowSlice'>> = {},
): Removal {
  const { lowSlice } = { ...PAPER_POSTPROCESSING, ...options };
  return remove(labels, components, ({ highestSlice }) => highestSlice <= lowSlice);
}

function remove(
  before: Uint8Array,
  components: readonly TumourComponent[],
  goes: (component: TumourComponent) => boolean,
): Removal {
  const labels = before.slice();
  const gone = components.filter((component) => !isRemoved(before, component) && goes(component));
  for (const { indices } of gone) {
    for (const index of indices) labels[index] = 0;
  }
  const voxels = gone.reduce((sum, { indices }) => sum + indices.length, 0);
  return { labels, components: gone.length, voxels };
}
