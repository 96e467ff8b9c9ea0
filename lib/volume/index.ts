/** Volumes: their axes, their intensities, what is computed on their voxels. */
export { describeVolume, type VolumeDescription } from './describe';
export { describeNormalised, normaliseIntensity, type NormalisedDescription } from './normalise';
export { gridInAxes, gridOf, toAxes } from './orientation';
export type { Size3 } from './size';
