/** The segmentation of brain tumours: data in, training, the 15 subsets, a case from its files. */
export { openBatches, type BatchOptions, type BatchSource } from './batches';
export { checkData, requireFiles, type CheckDataOptions } from './check-data';
export { disposeWeights, loadWeights, saveWeights, type Weights } from './checkpoint/weights';
export {
  recordedSplits,
  recordSplits,
  splitsTable,
  writeSplits,
  type RecordedSplits,
  type SplitRow,
} from './cost';
export {
  findDataSet,
  type BratsData,
  type BratsDataSet,
  type FindDataSetOptions,
} from './data-set';
export {
  ablations,
  comparison,
  dedicated,
  EXPERIMENTS,
  rivals,
  tuning,
  type ExperimentName,
} from './experiments';
export {
  ablationConclusions,
  type AblationMeasure,
  type AblationTableOptions,
} from './experiments/ablation-table';
export {
  COMPARED,
  RIVALS,
  type BratsArm,
  type BratsExperiment,
  type ComparedArm,
  type RivalArm,
} from './experiments/arms';
export { bratsConclusions } from './experiments/conclusions';
export { dedicatedConclusions } from './experiments/dedicated-conclusions';
export { rivalConclusions } from './experiments/rival-conclusions';
export { TUNING_PRESET } from './experiments/tuning';
export { trainInFolder, type FolderEvent, type FolderOptions } from './folder';
export { checkpointFile } from './folder-files';
export { hashDataSet, type HashDataSetOptions } from './hash-data-set';
export {
  readCaseForWeights,
  readCaseVolume,
  type ReadForWeightsOptions,
} from './infer/case-volume';
export { trainedNormalisation } from './infer/normalisation';
export { scanNames, scansToUse, subsetsOf } from './infer/scans';
export {
  labelVoxels,
  segmentCase,
  subsetGroups,
  writeProbabilities,
  type CaseSegmentation,
  type SegmentCaseEvent,
  type SegmentCaseOptions,
} from './infer/segment-case';
export { segmentSlabs, type SlabEvent, type SlabOptions } from './infer/segment-slabs';
export { chooseTile, type ChosenTile } from './infer/tile';
export { tileStarts, type Blending, type Overlap } from './infer/tiles';
export type { CaseVolume, ScanVolume } from './infer/volumes';
export type { ResampleChoice } from './infer/voxel-size';
export {
  measureSteps,
  profileStep,
  WARM_UP_STEPS,
  type StepCost,
  type StepProfile,
} from './measure';
export { measureSplits, type SplitOptions } from './measure-splits';
export {
  mckd as mckdModel,
  objective,
  type MetaResult,
  type Objective,
  type ObjectiveOptions,
} from './models/mckd';
export { modelNamed } from './models';
export { overfit, type OverfitOptions, type OverfitStep } from './overfit';
export { brats as bratsProblem, type BratsRunLocation } from './problem';
export { recordWeights, type WeightsToRecord } from './record-weights';
export {
  recordedAblations,
  recordedBrats,
  recordedDedicated,
  recordedRivals,
  recordedStandardRivals,
  recordedTuning,
} from './recorded';
export { loadNamedWeights, weightsFile } from './recorded-weights';
export { logFile } from './run-log';
export type { BratsRun, BratsScores, LogLine } from './run-record';
export type { NetworkSize } from './network-size';
export type { LabelRule } from './infer/labels';
export { stepProfileFigure, type StepProfileOptions } from './figures/step';
export { opsOf, stepKindsTable, stepProfilesTable } from './step-tables';
export { stageSteps, trainingSteps, type Position } from './schedule';
export { studyOn, type BratsStudy, type StudyPart } from './study';
export { phantomSetName, studyOf, type StudyDataOptions, type StudyOfOptions } from './study-data';
export { trainBrats, type BratsStepEvent, type TrainOptions } from './train';
export { createTraining, disposeTraining, type TrainingOrigin } from './training';
export { tumourCrop } from './tumour-crop';
export { recordedWeights, type RecordedWeights } from './weights-list';
export type { ScoringEvent } from './score-training';
export type { BratsKind, BratsTaskEvent, BratsTrainOptions } from './train-and-score';
export type * from './models/model';
export type { TrainingData } from './training-data';
export type { AblationQuestion, AblationRow, AblationVariant } from './experiments/ablation-arms';
export type { FeatureDistance, FeatureDistances, FeatureVectors } from './features';
export type { CaseSet, DiceOptions } from './scores';
export type { ImportanceOptions, LossCurvesOptions, LossLine } from './figures/training';
export type {
  CaseScatterOptions,
  MethodsHeatmapOptions,
  NamedRuns,
  SubsetHeatmapOptions,
} from './figures/scores';
export type {
  DistanceCurvesOptions,
  DistanceLine,
  FeatureDistanceOptions,
  FeatureSpreadOptions,
} from './figures/features';
export type { CaseOptions, NamedPrediction, SlicesOptions } from './figures/slices';
export type { SubsetGridOptions } from './figures/subset-grid';
export type { SubsetTableOptions } from './experiments/subset-table';
export type { SubsetScores } from './evaluate';
