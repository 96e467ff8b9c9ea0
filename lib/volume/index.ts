/** Volumes: their axes, their intensities, what is computed on their voxels. */
export { describeVolume, statisticsOf, type Statistics, type VolumeDescription } from './describe';
export {
  describeNormalised,
  normalisationNotes,
  normaliseIntensity,
  type NormalisedDescription,
  type NormalisedScan,
} from './normalise';
export {
  BRATS_AXES,
  fromDepthFirst,
  gridInAxes,
  gridOf,
  toAxes,
  toDepthFirst,
  toGrid,
  type Oriented,
} from './orientation';
export { voxelCount, type Size3 } from './size';
