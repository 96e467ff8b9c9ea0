/** A case segmented from the scans that it has. */
export { scanNames, scansToUse, subsetsOf } from './scans';
export {
  besideFile,
  labelVoxels,
  readCaseVolume,
  segmentCase,
  writeProbabilities,
  type CaseSegmentation,
  type CaseVolume,
  type SegmentCaseEvent,
  type SegmentCaseOptions,
} from './segment-case';
export { chooseTile, type ChosenTile } from './tile';
