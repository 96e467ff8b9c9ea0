/** The brain-tumour segmentation: data in, training, the 15 subsets. */
export { checkData, requireFiles, type CheckDataOptions } from './check-data';
export * from './experiments';
export { brats as bratsProblem, type BratsPlace } from './problem';
export type { BratsKind, BratsTaskEvent, BratsTrainOptions } from './train-and-score';
export type { BratsRun, BratsScores, LogLine } from './run-record';
export { caseDice, diceMetric, meanDice, type CaseSet, type DiceOptions } from './scores';
export { recordedAblations, recordedBrats, recordedTuning } from './recorded';
export { recordTrainingData, recordWeights, type WeightsToRecord } from './record-weights';
export {
  loadNamedWeights,
  loadRecordedWeights,
  recordedWeightsFile,
  weightsFile,
} from './recorded-weights';
export { recordedWeights, type RecordedWeights } from './weights-list';
export { openBatches, type BatchSource } from './batches';
export {
  findDataSet,
  type BratsData,
  type BratsDataSet,
  type FindDataSetOptions,
} from './data-set';
export { hashDataSet, type HashDataSetOptions } from './hash-data-set';
export { requireScorable } from './scorable';
export { labelDice, predictSubsets, scoreSubsets, type SubsetScores } from './evaluate';
export {
  distancesToFilled,
  encodeFeatures,
  encodeSample,
  featureDistances,
  featureSpread,
  meanFilledDistances,
  type FeatureDistance,
  type FeatureDistances,
  type FeatureSpread,
  type FeatureVectors,
} from './features';
export { encodeTraining } from './trained-features';
export * from './figures';
export {
  checkpointFile,
  configDifferences,
  logFile,
  logSoFar,
  manifestFile,
  previousFile,
  readLog,
  trainInFolder,
  type FolderEvent,
  type FolderOptions,
} from './folder';
export { samplingOptions } from './sampling';
export { learningRateAt, positionAt, stageSteps, trainingSteps, type Position } from './schedule';
export { trainBrats, type BratsStepEvent } from './train';
export * from './models';
export { createTraining, disposeTraining, type Training } from './training';
export { trainingDataIn, trainingDataOf, type TrainingData } from './training-data';
export { measureSteps, type StepCost } from './measure';
export { measureSplits } from './measure-splits';
export {
  recordSplits,
  recordedSplits,
  splitsTable,
  trainingWork,
  writeSplits,
  type RecordedSplits,
  type SplitRow,
} from './cost';
export { overfit, type OverfitOptions, type OverfitStep } from './overfit';
export { tumourCrop, tumourCrops } from './tumour-crop';
export {
  phantomSetName,
  realCases,
  studyData,
  studyOf,
  studyPlace,
  type StudyDataOptions,
  type StudyOfOptions,
} from './study-data';
export {
  clearestScan,
  dataSetTable,
  normalisationTable,
  regionTable,
  subsetDrawTable,
  tissueContrast,
  TISSUES,
  type Tissue,
} from './data-tables';
export { featureTable, importanceTable, missingScanTable, type FeatureFacts } from './run-tables';
export { openStudy, watchTraining } from './follow';
