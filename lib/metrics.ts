/** How well a predicted segmentation fits the true one: by masks, by label maps, by files. */
export {
  CONVENTIONS,
  EMPTY_HD95_MM,
  HD95_RULES,
  type Convention,
  type Hd95Rule,
  type MetricOptions,
} from './metrics/conventions';
export {
  evaluateCase,
  evaluateFiles,
  type Evaluation,
  type EvaluatedCase,
  type EvaluateOptions,
} from './metrics/evaluate';
export { evaluationTable } from './metrics/evaluation-table';
export { hausdorff95, type HausdorffOptions } from './metrics/hausdorff';
export {
  diceScore,
  overlapCounts,
  overlapScores,
  scoresOfCounts,
  type OverlapCounts,
  type OverlapScores,
} from './metrics/overlap';
export { pairFiles, type FilePair, type PairOptions } from './metrics/pairs';
export {
  METRICS,
  scoreLabels,
  type LabelScores,
  type Metric,
  type RegionScores,
} from './metrics/regions';
export { summarise, type Summary } from './metrics/summary';
