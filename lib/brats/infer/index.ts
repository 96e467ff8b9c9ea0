/** Segmentation of a case from its available scans. */
export { scanNames, scansToUse, subsetsOf } from './scans';
export { readCaseForWeights, readCaseVolume, type ReadForWeightsOptions } from './case-volume';
export type { CaseVolume } from './volumes';
export {
  besideFile,
  labelVoxels,
  segmentCase,
  subsetGroups,
  writeProbabilities,
  type CaseSegmentation,
  type SegmentCaseEvent,
  type SegmentCaseOptions,
} from './segment-case';
export { chooseTile, type ChosenTile } from './tile';
export { chooseVoxelSize, type ChosenVoxelSize, type ResampleChoice } from './voxel-size';
