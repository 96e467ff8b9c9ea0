/** The figures of the segmentation: plotly JSON, which `book.show` shows and saves. */
export {
  ablationFigure as ablations,
  weightAblationFigure as distillationWeight,
} from '../brats/experiments/ablation-table';
export {
  featureDistanceCurvesFigure as featureDistanceCurves,
  featureDistanceFigure as featureDistance,
  featureSpreadFigure as featureSpread,
} from '../brats/figures/features';
export {
  caseScatterFigure as caseScatter,
  methodsHeatmapFigure as methodsHeatmap,
  subsetHeatmapFigure as subsetHeatmap,
} from '../brats/figures/scores';
export {
  lckdTeachersFigure as lckdTeachers,
  mmformerAttentionFigure as mmformerAttention,
  rfnetRegionsFigure as rfnetRegions,
  robustsegRebuiltFigure as robustsegRebuilt,
  shaspecDistancesFigure as shaspecDistances,
  uhemisMomentsFigure as uhemisMoments,
  uhvedGaussiansFigure as uhvedGaussians,
  type RivalLook,
  type SharedFeaturesLook,
} from '../brats/figures/rivals';
export {
  caseFigure as predictions,
  cropsFigure as crops,
  slicesFigure as slices,
  type CropsOptions,
} from '../brats/figures/slices';
export { stepProfileFigure as stepProfile } from '../brats/figures/step';
export { subsetGridFigure as subsetGrid } from '../brats/figures/subset-grid';
export {
  importanceFigure as importance,
  lossCurvesFigure as losses,
  ratioMatrixFigure as ratios,
} from '../brats/figures/training';
