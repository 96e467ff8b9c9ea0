/** RobustSeg as a segmentation model. */
import { MODALITIES, type Modality } from '../../base/modality';
import type { RandomStream } from '../../base/random';
import { bratsMethod } from '../../config';
import {
  encodeRobustseg,
  fuseRobustseg,
  ROBUSTSEG_ORIGINAL,
  ROBUSTSEG_SCANS,
  robustsegDecay,
  robustsegSpecs,
  runRobustseg,
  styleDivergence,
  type RobustsegOutputs,
  type RobustsegVariant,
} from '../../models/robustseg';
import { clampedCrossEntropy, classDice } from '../../nn/class-losses';
import { absolute, softmax } from '../../nn/elementwise';
import { specShapes, type ParameterSpec } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import type { Size3 } from '../../volume/size';
import { BATCH_DICE, classesOfRegions, regionsOfClasses, weightedSum } from './classes';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { encodedTiles } from './tiles';
import { widthByAxis } from './width';

interface RobustsegObjective {
  outputs: RobustsegOutputs;
  total: tf.Scalar;
  /** Reconstruction, and the distance of styles from N(0, 1), are sums over the scans. */
  parts: Record<'crossEntropy' | 'dice' | 'reconstruction' | 'divergence' | 'decay', tf.Scalar>;
}

/**
 * L = L_cross-entropy + L_Dice + 0.1 L_reconstruction + 0.1 KL + L_decay.
 * @param images [N, D, H, W, 4], complete: all scans are rebuilt
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function robustsegObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  mask: tf.Tensor2D,
  variant: RobustsegVariant,
): RobustsegObjective {
  const outputs = runRobustseg(parameters, images, mask, variant);
  const { classShares, squaredDice: squares, divergence } = variant;
  const p = softmax(outputs.logits);
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const differences = outputs.scans.map(({ image }, i) =>
    tf.mean(absolute(tf.sub(image, volumes[ROBUSTSEG_SCANS[i].modality]))),
  );
  const parts = {
    crossEntropy: clampedCrossEntropy(p, labels, classShares),
    dice: classDice(p, labels, { ...BATCH_DICE, squares }),
    reconstruction: tf.addN(differences) as tf.Scalar,
    divergence: tf.addN(
      outputs.scans.map((scan) => styleDivergence(scan, divergence)),
    ) as tf.Scalar,
    decay: robustsegDecay(parameters),
  };
  const total = weightedSum(
    [1, parts.crossEntropy],
    [1, parts.dice],
    [0.1, parts.reconstruction],
    [0.1, parts.divergence],
    [variant.decays ? 1 : 0, parts.decay],
  );
  return { outputs, total, parts };
}

const channels = (width: number): number => bratsMethod('robustseg').channels!(width);

function specsOf({ width, crop }: { width: number; crop: Size3 }): ParameterSpec[] {
  const base = channels(width);
  const sizes = { base, styleBase: 2 * base, style: 8, hidden: 8 * base };
  return robustsegSpecs(sizes, ROBUSTSEG_ORIGINAL, crop);
}

/** Each modality is kept with probability 1/2; if none is, one at random. */
function keepEach(stream: RandomStream): readonly Modality[] {
  const kept = MODALITIES.filter(() => stream.uniform() < 0.5);
  return kept.length > 0 ? kept : [MODALITIES[stream.integer(MODALITIES.length)]];
}

export const robustseg: SegmentationModel = {
  name: 'robustseg',
  availability: 'mask',
  draw: (_, stream) => keepEach(stream),
  layout: {
    shapes: (settings) => specShapes(specsOf(settings)),
    widthOf: widthByAxis('mask_de.seg_logit.conv.weight', 1, channels(1)),
  },
  parameters: (config, stream) => freshParameters(specsOf(config), stream),
  loss: ({ parameters, batch: { images, regions }, mask }) =>
    robustsegObjective(parameters, images, classesOfRegions(regions), mask, ROBUSTSEG_ORIGINAL),
  optimizer: optimizerOf,
  openTiles: encodedTiles({
    encode: (parameters, modality, scan) =>
      encodeRobustseg(parameters, modality, scan, ROBUSTSEG_ORIGINAL),
    decode: (parameters, encoded, mask) =>
      fuseRobustseg(parameters, encoded, mask, ROBUSTSEG_ORIGINAL).logits,
  }),
  probabilities: (logits) => regionsOfClasses(softmax(logits)),
  labels: 'classes',
  overlap: 'half',
};
