/** The public face of the kit: notebooks and commands import from here and nowhere else. */
export * from './base/errors';
export * from './config';
export * from './base/random';
export * from './report/tables';
export * from './report/figures';
export * from './report/figures/svg';
export * from './report/display';
export * from './report/notebook';
export * from './published';
export * from './formats/index';
export * from './volume/index';
export * from './datasets/index';
export * from './loading/index';
export * from './base/modality';
export * from './experiment/index';
export { usableCores, usableMemory, visibleGpus, type Gpu } from './base/machine';
export * from './report/manifest';
export * from './report/origin';
export * from './report/html-report';
export { tf } from './nn/tf';
export * from './mckd';
export * from './nn/losses';
export * from './base/statistics';
export * from './avmnist';
export * from './toy';
export * from './toy-figures';
export * from './report/versions-table';
export * from './checks/parity';
export * from './brats';
export { segmentationLayers } from './models/segmentation';
export * from './brats/checkpoint';
export * from './brats/infer/segment-slabs';
export * from './brats/infer';
export * from './report/viewer';
export * from './metrics';
export * from './brats/postprocess';
export { prepareOutputs, type OutputOptions } from './datasets/brats/outputs';
// Fault injection, for `mckd faults`.
export { runAvKills, runKills, type KillRound, type KillSummary } from './checks/robustness/kill';
export { runFuzz, type FuzzOptions, type FuzzSummary } from './checks/robustness';
export { runSoak, type SoakSummary } from './checks/robustness/soak';
export {
  runDeterminism,
  THREAD_TOLERANCE,
  type DeterminismSummary,
} from './checks/robustness/determinism';
