/** The segmentation of brain tumours: data in, training, the 15 subsets, a case from its files. */
export { openBatches } from './batches';
export { checkData, requireFiles } from './check-data';
export { disposeWeights, loadWeights, saveWeights, type Weights } from './checkpoint/weights';
export { recordedSplits, recordSplits, splitsTable, writeSplits, type SplitRow } from './cost';
export { findDataSet, type BratsData, type BratsDataSet } from './data-set';
export { ablations, comparison, tuning } from './experiments';
export { ablationConclusions } from './experiments/ablation-table';
export { COMPARED, type BratsExperiment } from './experiments/arms';
export { bratsConclusions } from './experiments/conclusions';
export { TUNING_PRESET } from './experiments/tuning';
export { trainInFolder } from './folder';
export { checkpointFile } from './folder-files';
export { hashDataSet } from './hash-data-set';
export { readCaseForWeights, readCaseVolume } from './infer/case-volume';
export { scanNames, scansToUse, subsetsOf } from './infer/scans';
export {
  besideFile,
  labelVoxels,
  segmentCase,
  subsetGroups,
  writeProbabilities,
  type CaseSegmentation,
} from './infer/segment-case';
export { segmentSlabs } from './infer/segment-slabs';
export { chooseTile } from './infer/tile';
export { tileStarts } from './infer/tiles';
export type { CaseVolume } from './infer/volumes';
export type { ResampleChoice } from './infer/voxel-size';
export { measureSteps } from './measure';
export { measureSplits } from './measure-splits';
export { mckd as mckdModel, objective } from './models/mckd';
export { overfit } from './overfit';
export { brats as bratsProblem } from './problem';
export { recordWeights } from './record-weights';
export { recordedAblations, recordedBrats, recordedTuning } from './recorded';
export { loadNamedWeights, weightsFile } from './recorded-weights';
export { logFile } from './run-log';
export type { BratsRun } from './run-record';
export { stageSteps, trainingSteps } from './schedule';
export { studyOn, type BratsStudy } from './study';
export { phantomSetName, studyOf, type StudyOfOptions } from './study-data';
export { trainBrats, type BratsStepEvent } from './train';
export { createTraining, disposeTraining } from './training';
export { tumourCrop } from './tumour-crop';
export { recordedWeights, type RecordedWeights } from './weights-list';
