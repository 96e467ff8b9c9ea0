/** U-HVED as a segmentation model. */
import { bratsMethod } from '../../config';
import {
  encodeUhved,
  fuseUhved,
  runUhved,
  UHVED_ORIGINAL,
  uhvedDivergences,
  uhvedSpecs,
  type Noise,
  type UhvedVariant,
} from '../../models/uhved';
import { clampedCrossEntropy, classDice } from '../../nn/class-losses';
import { softmax } from '../../nn/elementwise';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { normalNumbers } from '../../nn/random';
import { tf } from '../../nn/tf';
import { BATCH_DICE, classesOfRegions, regionsOfClasses, weightedSum } from './classes';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { encodedTiles } from './tiles';
import { pooledLosses } from './uhemis';
import { widthByAxis } from './width';

interface UhvedObjective {
  /** [N, D, H, W, 4] */
  logits: tf.Tensor5D;
  /** FLAIR, T1, T1ce, T2 as rebuilt, [N, D, H, W, 1] each. */
  scans: tf.Tensor5D[];
  total: tf.Scalar;
  /**
   * `inter`: the distance of the available modalities' product from those of all 15 subsets; `prior`: of these from
   * N(0, 1).
   */
  parts: Record<
    'crossEntropy' | 'dice' | 'reconstruction' | 'inter' | 'prior' | 'decay',
    tf.Scalar
  >;
}

/**
 * L = L_cross-entropy + L_Dice + 0.1 L_reconstruction + 0.1 (KL_inter + KL_prior) + L_decay.
 * @param images [N, D, H, W, 4], complete: all scans are rebuilt
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function uhvedObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  mask: tf.Tensor2D,
  { variant, noise }: { variant: UhvedVariant; noise: Noise },
): UhvedObjective {
  const { logits, scans, gaussians } = runUhved(parameters, images, mask, variant, noise);
  const { inter, prior } = uhvedDivergences(gaussians, mask, variant);
  const parts = {
    ...pooledLosses(parameters, logits, labels),
    ...(variant.clampsProbabilities && clampedLosses(logits, labels)),
    reconstruction: tf.mean(tf.squaredDifference(tf.concat(scans, 4), images)) as tf.Scalar,
    inter,
    prior,
  };
  const total = weightedSum(
    [1, parts.crossEntropy],
    [1, parts.dice],
    [0.1, parts.reconstruction],
    [0.1, inter],
    [0.1, prior],
    [variant.clampsProbabilities ? 0 : 1, parts.decay],
  );
  return { logits, scans, total, parts };
}

function clampedLosses(
  logits: tf.Tensor5D,
  labels: tf.Tensor5D,
): Pick<UhvedObjective['parts'], 'crossEntropy' | 'dice'> {
  const p = softmax(logits);
  return {
    crossEntropy: clampedCrossEntropy(p, labels, 'none'),
    dice: classDice(p, labels, BATCH_DICE),
  };
}

/** @param seed gives a seed for each level */
function noiseOf(seed: () => tf.Tensor): Noise {
  return (_, shape) => normalNumbers(shape, seed()) as tf.Tensor5D;
}

/**
 * Each tile's features are computed once, and for each subset one sample of them is segmented, as in the authors' code,
 * or, in the port, their mean. The noise of a tile is the same for all subsets, and whenever its volume is segmented.
 */
export function uhvedTiles(variant: UhvedVariant): SegmentationModel['openTiles'] {
  return encodedTiles({
    encode: (parameters, modality, scan) => encodeUhved(parameters, modality, scan, variant),
    decode: (parameters, encoded, mask, seed) => {
      const noise = variant.samplesAtTest ? noiseOf(seed) : undefined;
      return fuseUhved(parameters, encoded, mask, variant, noise);
    },
  });
}

const channels = (width: number): number => bratsMethod('uhved').channels!(width);

export const uhved: SegmentationModel = {
  name: 'uhved',
  availability: 'mask',
  layout: {
    shapes: ({ width }) => specShapes(uhvedSpecs(channels(width))),
    widthOf: widthByAxis('flair_encoder.conv1.weight', 0, channels(1)),
  },
  parameters: ({ width }, stream) => freshParameters(uhvedSpecs(channels(width)), stream),
  loss: ({ parameters, batch: { images, regions }, mask, seed }) =>
    uhvedObjective(parameters, images, classesOfRegions(regions), mask, {
      ...{ variant: UHVED_ORIGINAL, noise: noiseOf(seed) },
    }),
  optimizer: optimizerOf,
  openTiles: uhvedTiles(UHVED_ORIGINAL),
  probabilities: (logits) => regionsOfClasses(softmax(logits)),
  labels: 'classes',
};
