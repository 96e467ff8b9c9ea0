/** U-HeMIS and U-HVED. */
import { CLASS_COUNT } from '../../../models/conv-units';
import { meanKernelDecay } from '../../../models/pooled-unet';
import { runUhemis, uhemisSpecs } from '../../../models/uhemis';
import {
  runUhved,
  UHVED_ORIGINAL,
  UHVED_PORT,
  uhvedDivergences,
  uhvedSpecs,
} from '../../../models/uhved';
import { softmax } from '../../../nn/elementwise';
import {
  clampedCrossEntropy,
  classDice,
  oneHot,
  type OverlapOptions,
} from '../../../nn/class-losses';
import { crossEntropy } from '../../../nn/losses';
import { tf } from '../../../nn/tf';
import { classLabels, filledVolume } from '../filling';
import type { GoldenCase } from '../golden';
import { BATCH_DICE, weightedSum } from '../../../brats/models/classes';
import type { Rival } from './rival';

/** Dice as U-HVED and U-HeMIS have it. */
const SAMPLE_DICE: OverlapOptions = {
  over: 'sample',
  squares: true,
  smooth: { above: 1e-5, below: 1e-5 },
};

/** Mean softmax cross-entropy over samples and voxels. */
function classCrossEntropy(logits: tf.Tensor5D, of: GoldenCase): tf.Scalar {
  const flat = tf.reshape(logits, [-1, logits.shape[4]]) as tf.Tensor2D;
  return crossEntropy(flat, tf.cast(tf.reshape(classLabels(of), [-1]), 'int32') as tf.Tensor1D);
}

export const uhemis: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => uhemisSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, mask }) => {
    const logits = runUhemis(parameters, images, mask);
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const cross_entropy = classCrossEntropy(logits, of);
    const dice = classDice(softmax(logits), labels, SAMPLE_DICE);
    const l2 = meanKernelDecay(parameters);
    const total = weightedSum([1, cross_entropy], [1, dice], [1, l2]);
    return { losses: { cross_entropy, dice, l2, total }, outputs: { logits } };
  },
};

export const uhved: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => uhvedSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, mask }) => {
    const port = of.variant === 'port';
    const variant = port ? UHVED_PORT : UHVED_ORIGINAL;
    const noise = (level: number, shape: number[]): tf.Tensor5D =>
      filledVolume(`noise/${of.tag}/${level}`, shape, -1, 1);
    const { logits, scans, gaussians } = runUhved(parameters, images, mask, variant, noise);
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const probabilities = softmax(logits);
    const cross_entropy = port
      ? clampedCrossEntropy(probabilities, labels, 'none')
      : classCrossEntropy(logits, of);
    const dice = classDice(probabilities, labels, port ? BATCH_DICE : SAMPLE_DICE);
    const reconstruction = tf.mean(tf.squaredDifference(tf.concat(scans, 4), images)) as tf.Scalar;
    const { inter, prior } = uhvedDivergences(gaussians, mask, variant);
    const l2 = meanKernelDecay(parameters);
    const total = weightedSum(
      [1, cross_entropy],
      [1, dice],
      [0.1, reconstruction],
      [0.1, inter],
      [0.1, prior],
      ...(port ? [] : ([[1, l2]] satisfies [number, tf.Scalar][])),
    );
    const parts = { cross_entropy, dice, reconstruction, kl_inter: inter, kl_prior: prior, l2 };
    const [rec_flair, rec_t1, rec_t1ce, rec_t2] = scans;
    return {
      losses: { ...parts, total },
      outputs: { logits, rec_flair, rec_t1, rec_t1ce, rec_t2 },
    };
  },
};
