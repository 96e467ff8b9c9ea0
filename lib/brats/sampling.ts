/** How a config's crops are drawn. */
import type { BratsTrainingConfig } from '../config';
import {
  FLIPS,
  NO_AUGMENTATION,
  PAPER_AUGMENTATION,
  PAPER_CROP,
  PAPER_MIRROR,
  RFNET_AUGMENTATION,
  UNIFORM_CROP,
  type AugmentationOptions,
  type Range,
  type SamplingOptions,
} from '../loading/sampling';
import type { Size3 } from '../volume/size';

/** The authors' crop depth, for which their elastic deformation is set. */
const PAPER_DEPTH = PAPER_CROP.size[0];

/** The authors' mirroring before the augmentation, switched off. */
const NO_MIRROR = { unmirroredProbability: 1 } as const;

/** Crop, mirroring and augmentation of training, or of the meta step. */
export function samplingOptions(
  config: BratsTrainingConfig,
  use: 'training' | 'meta',
): SamplingOptions {
  const { crop, augmentation } = config;
  const augments = use === 'training' || config.quirks.metaStepAugments;
  switch (augmentation) {
    case 'paper':
    case 'none':
      return authorsSampling(config, augments && augmentation === 'paper');
    case 'rfnet':
      return uniformSampling(crop, augments ? RFNET_AUGMENTATION : NO_AUGMENTATION);
    case 'flips':
      return uniformSampling(crop, augments ? FLIPS : NO_AUGMENTATION);
    case 'crops':
      return uniformSampling(crop, NO_AUGMENTATION);
  }
}

function authorsSampling(
  { crop, quirks }: BratsTrainingConfig,
  augments: boolean,
): SamplingOptions {
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
    mirror: augments ? PAPER_MIRROR : NO_MIRROR,
    augmentation: augments ? scaledAugmentation(crop[0] / PAPER_DEPTH) : NO_AUGMENTATION,
  };
}

function uniformSampling(size: Size3, augmentation: AugmentationOptions): SamplingOptions {
  return { crop: { ...UNIFORM_CROP, size }, mirror: NO_MIRROR, augmentation };
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
