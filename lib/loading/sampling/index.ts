/** Training crops of prepared cases: crop, mirroring and augmentation. */
export {
  augment,
  FLIPS,
  NO_AUGMENTATION,
  PAPER_AUGMENTATION,
  RFNET_AUGMENTATION,
  type AugmentationOptions,
} from './augment/augment';
export {
  cropSample,
  drawCrop,
  drawCropBox,
  PAPER_CROP,
  resizeSample,
  UNIFORM_CROP,
  type CropBox,
  type CropOptions,
} from './crop';
export type { Range } from './draw';
export { drawSample, PAPER_SAMPLING, type SamplingOptions } from './draw-sample';
export {
  drawMirror,
  mirrorSample,
  PAPER_MIRROR,
  type MirroredAxes,
  type MirrorOptions,
} from './mirror';
export type { CaseBox, PreparedCase, Sample } from './sample';
