/** From a case to a training crop: crop, mirroring, augmentation. */
import type { RandomStream } from '../../base/random';
import { augment, PAPER_AUGMENTATION, type AugmentationOptions } from './augment/augment';
import { drawCrop, PAPER_CROP, type CropOptions } from './crop';
import { drawMirror, PAPER_MIRROR, type MirrorOptions } from './mirror';
import type { Sample } from './sample';

export interface SamplingOptions {
  crop: CropOptions;
  mirror: MirrorOptions;
  augmentation: AugmentationOptions;
}

/** The paper's own run, in training and in meta-validation alike. */
export const PAPER_SAMPLING: Readonly<SamplingOptions> = Object.freeze({
  crop: PAPER_CROP,
  mirror: PAPER_MIRROR,
  augmentation: PAPER_AUGMENTATION,
});

/**
 * One crop as the network is trained on.
 *
 * @param prepared not changed; the crop shares no memory with it
 * @param stream one per crop: the same gives the same bytes
 * @throws UserError naming the invalid option
 */
export function drawSample(
  prepared: Sample,
  { crop, mirror, augmentation }: SamplingOptions,
  stream: RandomStream,
): Sample {
  const cropped = drawCrop(prepared, crop, stream.split('crop'));
  const mirrored = drawMirror(cropped, mirror, stream.split('mirror'));
  return augment(mirrored, augmentation, stream.split('augmentation'));
}
