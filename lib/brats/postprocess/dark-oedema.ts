/** Oedema that is dark in T1ce becomes core if hardly anything enhances (rule 3 of the post-processing). */
import { LABELS } from '../../datasets/brats/label-codes';
import type { VoxelArray } from '../../formats/nifti';
import { UserError } from '../../base/errors';
import { isRemoved, type TumourComponent } from '../../volume/components';
import { exactKMeans, type ValueCluster } from '../../volume/k-means';
import { labelCounts, type LabelCounts } from './label-counts';
import { PAPER_POSTPROCESSING, type PostprocessingOptions } from './options';

export type DarkOedemaOptions = Pick<
  PostprocessingOptions,
  | 'enhancingFraction'
  | 'componentEnhancingFraction'
  | 'componentEnhancingSum'
  | 'coreVoxels'
  | 'clusters'
>;

/** The input of the rule. */
export interface DarkOedemaInput {
  /** [voxels] of the network's output: the rule depends on the enhancing share of the whole prediction. */
  prediction: Uint8Array;
  /** [voxels] after the previous rules; not changed. */
  labels: Uint8Array;
  /** All components of the prediction. */
  components: readonly TumourComponent[];
  /** [voxels], not normalised: the background is 0. */
  t1ce: VoxelArray;
}

/** The result for one component that the rule applies to. */
export interface SplitOedema {
  /** Index of the prediction's component, from 0. */
  component: number;
  oedemaVoxels: number;
  /** Of T1ce, darkest first; none if there are too few distinct values. */
  clusters: ValueCluster[];
  /** Oedema that became label 1. */
  voxels: number;
}

export interface DarkOedema {
  /** A new label map. */
  labels: Uint8Array;
  split: SplitOedema[];
  /** Of all components. */
  voxels: number;
}

/**
 * In each remaining component, if
 *
 *     ET voxels / tumour voxels of the whole prediction < enhancingFraction
 *     4 n4 / (n1 + 2 n2 + 4 n4) of the component        < componentEnhancingFraction
 *     4 n4 of the component                             < componentEnhancingSum
 *     voxels of label 1 now                             < coreVoxels
 *
 * T1ce is set to 0 outside the component's oedema (label 2) and clustered over the whole volume. The
 * brightest cluster is unchanged; oedema in the second brightest becomes label 1. With three clusters
 * the outside is the darkest, so this is the darker part of the oedema.
 *
 * A DEVIATION from the authors' code, which does the clustering by k-means from random centres: its runs
 * on one input differ, and a run that ends in a poor optimum has the background as its second brightest
 * cluster and turns all of it into label 1. Here the same sum of squares is minimised exactly, which is
 * the limit of the best of many of their runs; only the component's own oedema can change; and
 * nothing does if the outside is in the second brightest cluster.
 *
 * The conditions are the authors', the sums of label values (not voxels) included. "Now" counts, as in
 * their loop, the label 1 of components that rule 2 removes only later in it.
 *
 * @throws UserError when T1ce isn't a finite number in the oedema
 */
export function relabelDarkOedema(
  { prediction, labels: before, components, t1ce }: DarkOedemaInput,
  options: Partial<DarkOedemaOptions> = {},
): DarkOedema {
  const thresholds = { ...PAPER_POSTPROCESSING, ...options };
  const labels = before.slice();
  const split: SplitOedema[] = [];
  const whole = labelCounts(prediction);
  const tumour = whole.core + whole.oedema + whole.enhancing;
  const enhancesLittle = whole.enhancing / tumour < thresholds.enhancingFraction;
  let core = whole.core;
  for (const [component, one] of components.entries()) {
    const inside = labelCounts(prediction, one.indices);
    if (isRemoved(before, one)) core -= inside.core;
    else if (enhancesLittle && core < thresholds.coreVoxels && isFaint(inside, thresholds)) {
      const indices = one.indices.filter((index) => before[index] === LABELS.oedema);
      const found = splitOedema(indices, t1ce, thresholds.clusters);
      for (const index of found.dark) labels[index] = LABELS.core;
      const voxels = found.dark.length;
      const { clusters } = found;
      split.push({ component, oedemaVoxels: indices.length, clusters, voxels });
      core += voxels;
    }
  }
  return { labels, split, voxels: split.reduce((sum, { voxels }) => sum + voxels, 0) };
}

/** Whether hardly anything of the component enhances, in sums of label values. */
function isFaint(
  { core, oedema, enhancing }: LabelCounts,
  { componentEnhancingFraction, componentEnhancingSum }: DarkOedemaOptions,
): boolean {
  const sum = LABELS.enhancing * enhancing;
  const all = LABELS.core * core + LABELS.oedema * oedema + sum;
  return sum / all < componentEnhancingFraction && sum < componentEnhancingSum;
}

/** The oedema's voxels in the second brightest cluster, unless that holds the outside. */
function splitOedema(
  oedema: Int32Array,
  t1ce: VoxelArray,
  clusterCount: number,
): { clusters: ValueCluster[]; dark: Int32Array } {
  const values = Float64Array.from(oedema, (index) => t1ce[index]);
  const fault = values.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) {
    throw new UserError(
      `T1ce is ${values[fault]} at voxel ${oedema[fault]}, in the predicted oedema, and should be a number; replace the scan`,
      { code: 'NOT_FINITE', field: 't1ce', value: values[fault] },
    );
  }
  const clusters = exactKMeans(values, clusterCount, t1ce.length - oedema.length) ?? [];
  const second = clusters.at(-2);
  if (!second || (second.low <= 0 && second.high >= 0)) {
    return { clusters, dark: new Int32Array(0) };
  }
  const dark = oedema.filter((_, i) => values[i] >= second.low && values[i] <= second.high);
  return { clusters, dark };
}
