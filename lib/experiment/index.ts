/** Experiments: several trainings of one problem, run, kept and compared. */
export { cellName, cellOf, cellsOf, type ExperimentCell } from './cells';
export {
  seedsFrom,
  type Arm,
  type DataRef,
  type Experiment,
  type Kind,
  type Problem,
  type Run,
  type RunFacts,
  type Trained,
} from './experiment';
export { findingsOf, findingsTable, type ArmComparison, type Finding } from './findings';
export { followTrainings } from './follow';
export {
  coreSeconds,
  differenceOf,
  meanOf,
  runsOf,
  seedsOf,
  valuesOf,
  type RunMetric,
} from './metrics';
export type { PlanWishes } from './process-plan';
export {
  readRuns,
  recordRuns,
  recordTable,
  requireSameRuns,
  writeRecordedTable,
  writeRuns,
  type Recorded,
  type RecordedManifest,
  type RecordOptions,
} from './record';
export { progressOf, runExperiment, type ExperimentEvent, type TrainingProgress } from './run';
export {
  cellFolder,
  finishedRun,
  finishedRuns,
  runFile,
  trainingRecords,
  type Place,
} from './store';
export { trainCell, type RunEvent, type TrainCellOptions } from './train-cell';
