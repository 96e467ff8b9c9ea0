/** Experiments: several trainings of one problem, run, kept and compared. */
export { cellsOf } from './cells';
export type { Experiment, Kind, Run } from './experiment';
export { runsOf } from './metrics';
export type { PlanWishes } from './process-plan';
export {
  recordRuns,
  recordTable,
  requireSameRuns,
  writeRecordedTable,
  writeRuns,
  type RecordedManifest,
  type RecordOptions,
} from './record';
export { progressOf, runExperiment } from './run';
export { cellFolder, finishedRuns, runFile, type Place } from './store';
