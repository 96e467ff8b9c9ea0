/** The authors' post-processing of a label map: four rules, one after the other. */
import type { VoxelArray } from '../../formats/nifti';
import { tumourComponents } from '../../volume/components';
import { relabelDarkOedema, type DarkOedema } from './dark-oedema';
import { relabelFewEnhancing, type FewEnhancing } from './few-enhancing';
import { labelCounts, type LabelCounts } from './label-counts';
import type { PostprocessingOptions } from './options';
import { removeLowComponents, removeSmallComponents, type Removal } from './remove-components';
import { requireFilled, type VoxelGrid } from '../../volume/voxel-order';

/** The effect of each rule, in their order. */
export interface PostprocessingReport {
  /** Components of the prediction. */
  components: number;
  small: Omit<Removal, 'labels'>;
  low: Omit<Removal, 'labels'>;
  /** Absent without T1ce. */
  darkOedema?: Omit<DarkOedema, 'labels'>;
  fewEnhancing: Omit<FewEnhancing, 'labels'>;
  /** Voxels by label. */
  before: LabelCounts;
  after: LabelCounts;
  /** Voxels whose label has changed. */
  changedVoxels: number;
}

export interface Postprocessed {
  /** A new label map, in the order of the input. */
  labels: Uint8Array;
  report: PostprocessingReport;
}

export interface PostprocessInput extends VoxelGrid {
  /** [voxels] in the kit's codes (0, 1, 2, 4); not changed. */
  labels: Uint8Array;
  /** [voxels] of T1ce in the same order, not normalised (background 0). Without it rule 3 is skipped. */
  t1ce?: VoxelArray;
}

/**
 * Post-processes a label map:
 *
 * 1. components of label >= 1 (6-neighbourhood),
 * 2. small and low ones are removed,
 * 3. oedema that is dark in T1ce becomes label 1 in components that hardly enhance (a named deviation:
 *    see `relabelDarkOedema`),
 * 4. fewer than 500 enhancing voxels become label 1.
 *
 * Apply it once: after rule 4 nothing enhances, and after rule 3 some oedema is left, so a second run may
 * apply rule 3 (again). The other rules are idempotent.
 *
 * @throws UserError when labels or T1ce don't fill the grid, or T1ce isn't a number in the oedema
 */
export function postprocess(
  { labels: prediction, t1ce, ...grid }: PostprocessInput,
  options: Partial<PostprocessingOptions> = {},
): Postprocessed {
  if (t1ce) requireFilled(t1ce, grid, 'T1ce');
  const components = tumourComponents(prediction, grid);
  const { labels: large, ...small } = removeSmallComponents(prediction, components, options);
  const { labels: kept, ...low } = removeLowComponents(large, components, options);
  const { labels: split, ...darkOedema } = t1ce
    ? relabelDarkOedema({ prediction, labels: kept, components, t1ce }, options)
    : { labels: kept };
  const { labels, ...fewEnhancing } = relabelFewEnhancing(split, options);
  const report: PostprocessingReport = {
    components: components.length,
    small,
    low,
    ...('split' in darkOedema ? { darkOedema } : {}),
    fewEnhancing,
    before: labelCounts(prediction),
    after: labelCounts(labels),
    changedVoxels: differences(prediction, labels),
  };
  return { labels, report };
}

function differences(before: Uint8Array, after: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) count += 1;
  return count;
}
