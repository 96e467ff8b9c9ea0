/** Losses of classes that exclude each other: probabilities p and one-hot labels t, [N, D, H, W, C]. */
import { tf } from './tf';

/** Class numbers [N, D, H, W] -> [N, D, H, W, C] of 0 and 1. The caller disposes of it. */
export function oneHot(classes: tf.Tensor, count: number): tf.Tensor5D {
  return tf.tidy(() => {
    const hot = tf.oneHot(tf.cast(classes, 'int32') as tf.Tensor4D, count);
    return tf.cast(hot, 'float32') as tf.Tensor5D;
  });
}

/**
 * Sum over axes, one after the other, the last first: in one go, TensorFlow adds so many numbers into one float32 that
 * the sum of a crop loses a digit.
 */
export function sumInTurn(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  return [...axes].sort((a, b) => b - a).reduce((sum, axis) => tf.sum(sum, axis, true), x);
}

/** Below this a probability counts as this, and gets no gradient. */
const LEAST_PROBABILITY = 0.005;

/**
 * Cross-entropy, mean over samples and voxels, sum over classes of -w t log max(p, 0.005). A class weighs
 * w = 1 - its share of the voxels, of each sample or of the whole batch; or all 1.
 */
export function clampedCrossEntropy(
  p: tf.Tensor5D,
  t: tf.Tensor5D,
  shares: 'sample' | 'batch' | 'none',
): tf.Scalar {
  return tf.tidy(() => {
    const logs = tf.mul(t, tf.log(tf.clipByValue(p, LEAST_PROBABILITY, 1)));
    const places = p.size / p.shape[4];
    const axes = shares === 'sample' ? [1, 2, 3] : [0, 1, 2, 3];
    const each = shares === 'sample' ? places / p.shape[0] : places;
    const sums = sumInTurn(logs, axes);
    if (shares === 'none') return tf.neg(tf.div(tf.sum(sums), places)) as tf.Scalar;
    const weights = tf.sub(1, tf.div(sumInTurn(t, axes), each));
    const weighted = tf.sum(tf.mul(weights, sums));
    return tf.neg(tf.div(weighted, places)) as tf.Scalar;
  });
}

export interface OverlapOptions {
  /** Sums run over each sample, or the whole batch. */
  over: 'sample' | 'batch';
  /** sum p^2 + sum t^2 below, instead of sum p + sum t. */
  squares: boolean;
  /** Added above and below. */
  smooth: { above: number; below: number };
}

/**
 * Dice of each class, (2 sum p t + above) / (sum p + sum t + below): [C], or by sample [N, C].
 * The caller disposes of it.
 */
export function classOverlap(
  p: tf.Tensor5D,
  t: tf.Tensor5D,
  { over, squares, smooth }: OverlapOptions,
): tf.Tensor {
  return tf.tidy(() => {
    const axes = over === 'sample' ? [1, 2, 3] : [0, 1, 2, 3];
    const size = (x: tf.Tensor): tf.Tensor => sumInTurn(squares ? tf.square(x) : x, axes);
    const above = tf.add(tf.mul(sumInTurn(tf.mul(p, t), axes), 2), smooth.above);
    const overlap = tf.div(above, tf.add(tf.add(size(p), size(t)), smooth.below));
    return tf.squeeze(overlap, axes);
  });
}

/** 1 - mean of `classOverlap`. */
export function classDice(p: tf.Tensor5D, t: tf.Tensor5D, options: OverlapOptions): tf.Scalar {
  return tf.tidy(() => tf.sub(1, tf.mean(classOverlap(p, t, options))));
}
