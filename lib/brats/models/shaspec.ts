/** ShaSpec as a segmentation model: shared and specific encoders, and the losses that pull the one kind together. */
import { MODALITIES } from '../../base/modality';
import { domainCrossEntropy, runShaspec, sharedDistance, shaspecSpecs } from '../../models/shaspec';
import { binaryCrossEntropy, diceLoss } from '../../nn/losses';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { mckd } from './mckd';
import { mckdWidthOf } from './mckd-shapes';
import type { SegmentationModel } from './model';
import { tilesOf } from './tiles';

/** Weights of the distance of shared features, and of the specific ones' cross-entropy: alpha and beta of the authors. */
const SHARED_WEIGHT = 0.1;
const SPECIFIC_WEIGHT = 0.02;

export const shaspec: SegmentationModel = {
  name: 'shaspec',
  sides: mckd.sides,
  layout: {
    shapes: ({ width }) => specShapes(shaspecSpecs(width)),
    // Of the encoder and decoder that it shares with MCKD.
    widthOf: mckdWidthOf,
  },
  parameters: ({ width }, stream) => freshParameters(shaspecSpecs(width), stream),
  loss: ({ parameters, batch: { images, regions }, available, config }, run) => {
    const present = available.map((modality) => MODALITIES.indexOf(modality));
    const made = runShaspec(parameters, images, present, {
      ...run,
      missingLearns: typeof config.scans === 'string',
    });
    const dice = diceLoss(made.logits, regions);
    const crossEntropy = binaryCrossEntropy(made.logits, regions);
    const shared = sharedDistance(made.shared);
    const specific = domainCrossEntropy(made.domainLogits);
    const total = tf.addN([
      dice,
      crossEntropy,
      tf.mul(shared, SHARED_WEIGHT),
      tf.mul(specific, SPECIFIC_WEIGHT),
    ]) as tf.Scalar;
    return { total, parts: { dice, crossEntropy, shared, specific } };
  },
  optimizer: (config) => mckd.optimizer(config),
  openTiles: tilesOf((parameters, images, available) => {
    const present = MODALITIES.flatMap((_, m) => (available[m] ? [m] : []));
    return runShaspec(parameters, images, present).logits;
  }),
  probabilities: (logits) => mckd.probabilities(logits),
};
