/** Segmentation metrics against the ground truth: of masks, of label maps, of files. */
export {
  CONVENTIONS,
  EMPTY_HD95_MM,
  HD95_RULES,
  type Convention,
  type Hd95Rule,
  type MetricOptions,
} from './conventions';
export {
  evaluateCase,
  evaluateFiles,
  type Evaluation,
  type EvaluatedCase,
  type EvaluateOptions,
} from './evaluate';
export { evaluationTable } from './evaluation-table';
export { hausdorff95, type HausdorffOptions } from './hausdorff';
export {
  diceScore,
  overlapCounts,
  overlapScores,
  scoresOfCounts,
  type OverlapCounts,
  type OverlapScores,
} from './overlap';
export { pairFiles, type FilePair, type PairOptions } from './pairs';
export { METRICS, scoreLabels, type LabelScores, type Metric, type RegionScores } from './regions';
export { summarise, type Summary } from './summary';
