/** Volumes: their axes, their intensities, what is computed on their voxels. */
export { describeVolume, type VolumeDescription } from './describe';
export type { Landmarks } from './landmarks';
export {
  describeNormalised,
  NORMALISATIONS,
  normaliseIntensity,
  type Normalisation,
  type NormalisedDescription,
  type NormalisedScan,
} from './normalise';
export { gridInAxes, gridOf, toAxes, type Oriented } from './orientation';
export type { Size3 } from './size';
