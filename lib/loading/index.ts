/** From cases on disk to crops for training. */
export { openPrepared } from './prepared';
export type { PrepareOptions } from './prepared/prepare';
export type { AugmentationOptions } from './sampling/augment/augment';
export type { CropOptions } from './sampling/crop';
export type { AxisMirrorOptions, MirrorOptions } from './sampling/mirror';
export type { CaseReader } from './prepared/case-reader';
export type { FolderUsage } from './prepared/folder';
export type { AdditionOptions, MultiplicationOptions } from './sampling/augment/brightness';
export type { BlurOptions } from './sampling/augment/blur';
export type { ContrastOptions } from './sampling/augment/contrast';
export type { GammaOptions } from './sampling/augment/gamma';
export type { LowResolutionOptions } from './sampling/augment/low-resolution';
export type { NoiseOptions } from './sampling/augment/noise';
export type { PlaneRotationOptions } from './sampling/augment/plane-rotation';
export type { SagittalBrightnessOptions } from './sampling/augment/sagittal-brightness';
export type { SpatialOptions } from './sampling/augment/spatial';
export type { Range } from './sampling/draw';
export type { Batch } from './loader/batch';
