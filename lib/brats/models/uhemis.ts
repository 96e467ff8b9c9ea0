/** U-HeMIS as a segmentation model. */
import { bratsMethod } from '../../config';
import { meanKernelDecay } from '../../models/pooled-unet';
import { encodeUhemis, fuseUhemis, runUhemis, uhemisSpecs } from '../../models/uhemis';
import { classDice, type OverlapOptions } from '../../nn/class-losses';
import { softmax } from '../../nn/elementwise';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import type { tf } from '../../nn/tf';
import { classCrossEntropy, classesOfRegions, regionsOfClasses, weightedSum } from './classes';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { encodedTiles } from './tiles';
import { widthByAxis } from './width';

/** Dice as U-HVED and U-HeMIS have it. */
const SAMPLE_DICE: OverlapOptions = {
  over: 'sample',
  squares: true,
  smooth: { above: 1e-5, below: 1e-5 },
};

/** What U-HVED and U-HeMIS have in common: cross-entropy, Dice, and what draws kernels to 0. */
export function pooledLosses(
  parameters: NamedTensors,
  logits: tf.Tensor5D,
  labels: tf.Tensor5D,
): Record<'crossEntropy' | 'dice' | 'decay', tf.Scalar> {
  return {
    crossEntropy: classCrossEntropy(logits, labels),
    dice: classDice(softmax(logits), labels, SAMPLE_DICE),
    decay: meanKernelDecay(parameters),
  };
}

interface UhemisObjective {
  /** [N, D, H, W, 4] */
  logits: tf.Tensor5D;
  total: tf.Scalar;
  parts: ReturnType<typeof pooledLosses>;
}

/**
 * L = L_cross-entropy + L_Dice + L_decay.
 * @param images [N, D, H, W, 4]
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function uhemisObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  mask: tf.Tensor2D,
): UhemisObjective {
  const logits = runUhemis(parameters, images, mask);
  const parts = pooledLosses(parameters, logits, labels);
  const total = weightedSum([1, parts.crossEntropy], [1, parts.dice], [1, parts.decay]);
  return { logits, total, parts };
}

const channels = (width: number): number => bratsMethod('uhemis').channels!(width);

export const uhemis: SegmentationModel = {
  name: 'uhemis',
  availability: 'mask',
  layout: {
    shapes: ({ width }) => specShapes(uhemisSpecs(channels(width))),
    widthOf: widthByAxis('flair_encoder.conv1.weight', 0, channels(1)),
  },
  parameters: ({ width }, stream) => freshParameters(uhemisSpecs(channels(width)), stream),
  loss: ({ parameters, batch: { images, regions }, mask }) =>
    uhemisObjective(parameters, images, classesOfRegions(regions), mask),
  optimizer: optimizerOf,
  openTiles: encodedTiles({ encode: encodeUhemis, decode: fuseUhemis }),
  probabilities: (logits) => regionsOfClasses(softmax(logits)),
  labels: 'classes',
};
