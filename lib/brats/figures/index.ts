/** The figures of the segmentation: pure functions from numbers to plotly figure JSON. */
export {
  caseFigure,
  slicesFigure,
  type CaseOptions,
  type NamedPrediction,
  type SlicesOptions,
} from './slices';
export { SHORT_NAMES, subsetGridFigure, type SubsetGridOptions } from './subset-grid';
export { TUMOUR_COLOURS, tumourSlice } from './view';
export {
  caseScatterFigure,
  methodsHeatmapFigure,
  subsetHeatmapFigure,
  subsetScores,
  type CaseScatterOptions,
  type MethodsHeatmapOptions,
  type NamedRuns,
  type SubsetHeatmapOptions,
} from './scores';
export {
  importanceFigure,
  liveTrainingFigure,
  loggedWeights,
  lossCurvesFigure,
  lossLines,
  ratioMatrixFigure,
  type ImportanceOptions,
  type LiveTrainingOptions,
  type LossCurvesOptions,
  type LossLine,
} from './training';
export {
  featureDistanceCurvesFigure,
  featureDistanceFigure,
  featureSpreadFigure,
  type DistanceCurvesOptions,
  type DistanceLine,
  type DistanceMeasure,
  type FeatureDistanceOptions,
  type FeatureSpreadOptions,
} from './features';
