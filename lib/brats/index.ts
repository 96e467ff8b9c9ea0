/** The brain-tumour segmentation: data in, training, the 15 subsets. */
export { checkData, requireFiles, type CheckDataOptions } from './check-data';
export {
  BRATS_METHOD_NAMES,
  BRATS_METHODS,
  COMPARED_METHODS,
  type BratsChanges,
  type BratsMethod,
  type BratsMethodChange,
  type BratsMethodChanges,
} from './methods';
export {
  configOfTask,
  nameOfTask,
  taskFolder,
  trainingRecords,
  trainTask,
  type BratsPlace,
  type BratsTaskEvent,
  type TrainTaskOptions,
} from './task';
export type { BratsRun, BratsTask } from './run-record';
export {
  bratsTasks,
  finishedComparison,
  runComparison,
  type ComparisonEvent,
  type ComparisonOptions,
} from './comparison';
export { subsetDice, subsetTable, type ComparisonTableOptions } from './comparison-table';
export {
  ABLATION_BASE,
  ABLATIONS,
  ablationConfig,
  ablationMethods,
  ablationRows,
  ablationTasks,
  finishedAblations,
  runAblations,
  type AblationPlace,
  type AblationQuestion,
  type AblationRow,
  type AblationVariant,
} from './ablations';
export {
  ABLATION_MEASURES,
  ablationDice,
  ablationFigure,
  ablationTable,
  weightAblationFigure,
  type AblationMeasure,
  type AblationResults,
  type AblationTableOptions,
} from './ablation-table';
export { ablationConclusions } from './ablation-conclusions';
export {
  recordAblations,
  recordComparison,
  recordedAblations,
  recordedBrats,
  requireSameComparison,
  writeAblations,
  writeComparison,
  type BratsDataRecord,
  type RecordedTrainings,
  type TrainingsToWrite,
} from './recorded';
export { recordTrainingData, recordWeights, type WeightsToRecord } from './record-weights';
export {
  loadNamedWeights,
  loadRecordedWeights,
  recordedWeightsFile,
  weightsFile,
} from './recorded-weights';
export { recordedWeights, type RecordedWeights } from './weights-list';
export {
  findDataSet,
  openBatches,
  type BatchSource,
  type BratsDataSet,
  type FindDataSetOptions,
} from './data';
export { hashDataSet, type HashDataSetOptions } from './hash-data-set';
export { requireScorable } from './scorable';
export { labelDice, predictSubsets, scoreSubsets, type SubsetScores } from './evaluate';
export {
  distancesToFilled,
  encodeFeatures,
  encodeSample,
  encodeTraining,
  featureDistances,
  featureSpread,
  meanFilledDistances,
  type FeatureDistance,
  type FeatureDistances,
  type FeatureSpread,
  type FeatureVectors,
} from './features';
export * from './figures';
export {
  checkpointFile,
  configDifferences,
  logFile,
  logSoFar,
  manifestFile,
  previousFile,
  readLog,
  type LogLine,
  trainInFolder,
  type FolderEvent,
  type FolderOptions,
} from './folder';
export { samplingOptions } from './sampling';
export { learningRateAt, positionAt, stageSteps, trainingSteps, type Position } from './schedule';
export { trainBrats, type BratsStepEvent, type MetaResult } from './train';
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
  bratsSettingsTable,
  bratsTrials,
  recordBratsTrials,
  recordedBratsTrials,
  summariseBratsTrial,
  type BratsTrial,
} from './settings';
export {
  phantomSetName,
  realCases,
  studyData,
  studyOf,
  studyPlace,
  type StudyData,
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
export { bratsConclusions } from './conclusions';
export { followTrainings, openStudy, watchTraining } from './follow';
export { trainingsUnderWay, type UnderWay } from './under-way';
