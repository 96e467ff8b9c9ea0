/** How a config's crops are drawn. */
import type { BratsTrainingConfig } from '../config';
import {
  NO_AUGMENTATION,
  PAPER_AUGMENTATION,
  PAPER_CROP,
  PAPER_MIRROR,
  type AugmentationOptions,
  type Range,
  type SamplingOptions,
} from '../loading/sampling';

/** The authors' crop depth, for which their elastic deformation is set. */
const PAPER_DEPTH = PAPER_CROP.size[0];

/** Crop, mirroring and augmentation of training, or of the meta step. */
export function samplingOptions(
  { crop, augmentation, quirks }: BratsTrainingConfig,
  use: 'training' | 'meta',
): SamplingOptions {
  const augments = augmentation === 'paper' && (use === 'training' || quirks.metaStepAugments);
  const choices = PAPER_CROP.classCentredChoices.filter(
    (choice) => choice !== 'none' || quirks.classCentreMayBeNone,
  );
  return {
    crop: {
      ...PAPER_CROP,
      size: crop,
      classCentredChoices: choices,
      ...(augments ? {} : { rescaleProbability: 0 }),
    },
    mirror: augments ? PAPER_MIRROR : { unmirroredProbability: 1 },
    augmentation: augments ? scaledAugmentation(crop[0] / PAPER_DEPTH) : NO_AUGMENTATION,
  };
}

/**
 * The paper's augmentation on a coarser grid. Only the options of the elastic deformation
 * are in voxels: sigma shrinks by s and the deformation should, too. Noise smoothed over sigma voxels in
 * three directions has a deviation of about sigma^-1.5, so alpha takes s^2.5.
 */
function scaledAugmentation(scale: number): AugmentationOptions {
  const { spatial } = PAPER_AUGMENTATION;
  const times = ([low, high]: Range, factor: number): Range => [low * factor, high * factor];
  return {
    ...PAPER_AUGMENTATION,
    spatial: {
      ...spatial,
      elasticStrength: times(spatial.elasticStrength, scale ** 2.5),
      elasticSigma: times(spatial.elasticSigma, scale),
    },
  };
}
