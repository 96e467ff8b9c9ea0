/** Segmentation metrics against the ground truth: of masks, of label maps, of files. */
export { CONVENTIONS, HD95_RULES, type Convention, type Hd95Rule } from './conventions';
export {
  evaluateFiles,
  type EvaluatedCase,
  type EvaluatedRegion,
  type EvaluateOptions,
  type Evaluation,
  type Summaries,
} from './evaluate';
export { evaluationTable } from './evaluation-table';
export {
  pairFiles,
  probabilityFiles,
  type FilePair,
  type FilePairs,
  type PairOptions,
} from './pairs';
export {
  METRICS,
  type EvaluatedMetric,
  type LabelScores,
  type Metric,
  type RegionScores,
} from './regions';
export type { Summary } from './summary';
export type { Truth } from './truths';
