/** ShaSpec as a segmentation model: shared and specific encoders, and the losses that pull the one kind together. */
import { MODALITIES, type Modality } from '../../base/modality';
import {
  domainCrossEntropy,
  runShaspec,
  sharedDistance,
  shaspecSpecs,
  type ShaspecOutputs,
} from '../../models/shaspec';
import { binaryCrossEntropy, diceLoss } from '../../nn/losses';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { drawSubset } from '../available';
import { mckd } from './mckd';
import { mckdWidthOf } from './mckd-shapes';
import { optimizerOf } from './optimizer';
import type { DeviceBatch, SegmentationModel } from './model';
import { tilesOf } from './tiles';

/** Weights of the distance of shared features, and of the specific ones' cross-entropy: alpha and beta of the authors. */
const SHARED_WEIGHT = 0.1;
const SPECIFIC_WEIGHT = 0.02;

/**
 * The training objective of a batch with the modalities `available`:
 * L = L_Dice + L_BCE + 0.1 L_shared + 0.02 L_specific.
 * @param available the first lends its shared feature to those that are missing
 */
export function shaspecObjective(
  parameters: NamedTensors,
  { images, regions }: DeviceBatch,
  available: readonly Modality[],
  options: Parameters<typeof runShaspec>[3] = {},
): ShaspecObjective {
  const present = available.map((modality) => MODALITIES.indexOf(modality));
  const made = runShaspec(parameters, images, present, options);
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
  const { logits, domainLogits } = made;
  return { logits, domainLogits, total, parts: { dice, crossEntropy, shared, specific } };
}

/** Logits are [N, D, H, W, 3], those of the modality that an encoder saw [4 N, 4]. */
interface ShaspecObjective extends Pick<ShaspecOutputs, 'logits' | 'domainLogits'> {
  total: tf.Scalar;
  /** Before their weights. */
  parts: Record<'dice' | 'crossEntropy' | 'shared' | 'specific', tf.Scalar>;
}

export const shaspec: SegmentationModel = {
  name: 'shaspec',
  // As in the authors' code, whose list is in the order of the draw; of the rest, the order is without effect.
  draw: (config, stream) => {
    const drawn = drawSubset(config, stream);
    const first = drawn[stream.integer(drawn.length)];
    return [first, ...drawn.filter((modality) => modality !== first)];
  },
  layout: {
    shapes: ({ width }) => specShapes(shaspecSpecs(width)),
    // Of the encoder and decoder that it shares with MCKD.
    widthOf: mckdWidthOf,
  },
  parameters: ({ width }, stream) => freshParameters(shaspecSpecs(width), stream),
  loss: ({ parameters, batch, available, config }, run) =>
    shaspecObjective(parameters, batch, available, {
      ...run,
      missingLearns: typeof config.scans === 'string',
    }),
  optimizer: optimizerOf,
  openTiles: tilesOf((parameters, images, available) => {
    const present = MODALITIES.flatMap((_, m) => (available[m] ? [m] : []));
    return runShaspec(parameters, images, present).logits;
  }),
  probabilities: (logits) => mckd.probabilities(logits),
};
