/** The thresholds of the post-processing. */

/** In voxels; `PAPER_POSTPROCESSING` is made for BraTS' grid of 240 x 240 x 155 voxels of 1 mm. */
export interface PostprocessingOptions {
  /** Rule 2: a component with fewer voxels than this and than `smallFraction` of the largest is removed. */
  smallVoxels: number;
  /** Rule 2: the smaller of the two thresholds counts. */
  smallFraction: number;
  /** Rule 2: a component whose highest slice is this or lower is removed. -1: none. */
  lowSlice: number;
  /** Rule 3 needs ET voxels / tumour voxels of the whole prediction below this. 0: never. */
  enhancingFraction: number;
  /** Rule 3 needs (sum of label values in ET) / (sum of label values) of the component below this. */
  componentEnhancingFraction: number;
  /** Rule 3 needs the sum of label values in the component's ET below this: 450 are 112.5 voxels. */
  componentEnhancingSum: number;
  /** Rule 3 needs fewer voxels of label 1 than this in the prediction. */
  coreVoxels: number;
  /** Rule 3: clusters of T1ce, one of them for the outside of the component's oedema. */
  clusters: number;
  /** Rule 4: fewer ET voxels than this in all become label 1. 0: never. */
  fewEnhancingVoxels: number;
}

/** The thresholds of the authors' code. */
export const PAPER_POSTPROCESSING: Readonly<PostprocessingOptions> = Object.freeze({
  smallVoxels: 2000,
  smallFraction: 0.1,
  lowSlice: 25,
  enhancingFraction: 0.12,
  componentEnhancingFraction: 0.05,
  componentEnhancingSum: 450,
  coreVoxels: 10_000,
  clusters: 3,
  fewEnhancingVoxels: 500,
});

/**
 * The authors' thresholds for voxels of another size: volumes in mm³ and the height of the lowest slices in mm stay
 * the same. Those slices are below the brain only on grids that begin where BraTS' does.
 *
 * @param spacing edge lengths of a voxel in mm along x, y and z
 */
export function paperPostprocessing(spacing: readonly number[]): PostprocessingOptions {
  const paper = PAPER_POSTPROCESSING;
  const voxel = spacing[0] * spacing[1] * spacing[2];
  return {
    ...paper,
    smallVoxels: paper.smallVoxels / voxel,
    lowSlice: Math.floor(paper.lowSlice / spacing[2]),
    componentEnhancingSum: paper.componentEnhancingSum / voxel,
    coreVoxels: paper.coreVoxels / voxel,
    fewEnhancingVoxels: paper.fewEnhancingVoxels / voxel,
  };
}
