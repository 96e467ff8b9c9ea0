/** Experiments: several trainings of one problem, run, kept and compared. */
export { cellsOf, type ExperimentCell } from './cells';
export type {
  Arm,
  DataRef,
  Experiment,
  Kind,
  Problem,
  Run,
  RunFacts,
  StepCount,
  Trained,
  TrainingRequest,
} from './experiment';
export { runsOf, type RunMetric } from './metrics';
export {
  planProcesses,
  type PlanWishes,
  type ProcessPlan,
  type Room,
  type Work,
} from './process-plan';
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
  type ToDeclare,
} from './record';
export {
  gathered,
  planOf,
  plannedCell,
  readPlan,
  type PlannedTraining,
  type PlanOptions,
  type PlanSource,
  type TrainingPlan,
} from './plan';
export {
  restoreRuns,
  type NotRestored,
  type RecordedExperiment,
  type RestoredRuns,
} from './restore';
export { trainCell, type RunEvent, type TrainCellOptions } from './train-cell';
export {
  progressOf,
  runExperiment,
  type ExperimentEvent,
  type RunExperimentOptions,
  type TrainingProgress,
} from './run';
export { cellFolder, finishedRuns, runFile, type KnownPlace, type RunLocation } from './store';
export type { CodeState } from './code-state';
