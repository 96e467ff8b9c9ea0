/** The segmentation of brain tumours: four scans, of which any may be missing; three regions. */
/** The figures of the segmentation, which `book.show` shows and saves. */
export * as figures from './brats-figures';
/** The tables of the segmentation. */
export * as tables from './brats-tables';
export {
  ALL_SCANS,
  drawModalities,
  MODALITIES,
  MODALITY_NAMES,
  MODALITY_SUBSETS,
  subsetIndex,
  subsetName,
  subsetWithout,
  type Modality,
} from '../base/modality';
export { openBatches } from '../brats/batches';
export { loadTraining } from '../brats/checkpoint/training';
export { disposeWeights } from '../brats/checkpoint/weights';
export { clearestScan, TISSUES, tissueContrast } from '../brats/data-tables';
export { predictSubsets } from '../brats/evaluate';
export { ablations, comparison, rivals } from '../brats/experiments';
export { ABLATIONS, ablationRows } from '../brats/experiments/ablation-arms';
export { ablationConclusions, type AblationResults } from '../brats/experiments/ablation-table';
export {
  COMPARED,
  type BratsArm as Arm,
  type BratsExperiment as Experiment,
  type ComparedArm,
  type RivalArm,
} from '../brats/experiments/arms';
export { bratsConclusions as comparisonConclusions } from '../brats/experiments/conclusions';
export { rivalConclusions } from '../brats/experiments/rival-conclusions';
export { featureSpread, meanFilledDistances, type FeatureSpread } from '../brats/features';
export { subsetScores } from '../brats/figures/scores';
export { loggedWeights } from '../brats/figures/training';
export { profileStep, type StepProfile } from '../brats/measure';
export {
  recordedAblations,
  recordedBrats as recordedComparison,
  recordedRivals,
  recordedStandardRivals,
} from '../brats/recorded';
export { loadRecordedWeights } from '../brats/recorded-weights';
export type { BratsRun as Run } from '../brats/run-record';
export { samplingOptions } from '../brats/sampling';
export { stageSteps, trainingSteps } from '../brats/schedule';
export { diceMetric } from '../brats/scores';
export { study, type BratsStudy as Study } from '../brats/study';
export { realCases } from '../brats/study-data';
export { trainBrats as train } from '../brats/train';
export { encodeTraining } from '../brats/trained-features';
export { createTraining, disposeTraining, type Training } from '../brats/training';
export { tumourCrop, tumourCrops } from '../brats/tumour-crop';
export { REGIONS, type Region } from '../datasets/brats/regions';
export { encoderWindows, receptiveField, type Window } from '../models/receptive-field';
export { segmentationLayers } from '../models/segmentation';
