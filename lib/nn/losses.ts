/** Task losses. */
import { withGradient } from './custom-gradient';
import { FLOAT, runOp, type OpAttribute } from './kernels';
import { tf } from './tf';

/**
 * Mean cross-entropy of softmax(logits) against class indices, with its gradient
 * (softmax - onehot) / N from the same TensorFlow op.
 * logits [N, K], labels int32 [N] -> scalar. The caller disposes of the result.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const samples = logits.shape[0];
  return withGradient<tf.Scalar>([logits], {
    forward: ([x]) => {
      const attributes: OpAttribute[] = [FLOAT, { name: 'Tlabels', type: 'type', value: 'int32' }];
      const name = 'SparseSoftmaxCrossEntropyWithLogits';
      const [perSample, gradient] = runOp(name, attributes, [x, labels], 2);
      return { value: tf.mean(perSample), saved: [gradient] };
    },
    backward: (dy, [gradient]) => [tf.mul(gradient, tf.div(dy, samples))],
  });
}

/**
 * Soft Dice of overlapping regions, of each sample and region: with p = sigmoid(logit), 2 sum(p g) / (sum(p) + sum(g) + 1).
 * logits and labels [N, D, H, W, R], labels 0 or 1 -> [N, R]. The caller disposes of it.
 */
function regionDice(logits: tf.Tensor5D, labels: tf.Tensor5D): tf.Tensor2D {
  return tf.tidy(() => {
    const p = tf.sigmoid(logits);
    const space = [1, 2, 3];
    const overlap = tf.mul(tf.sum(tf.mul(p, labels), space), 2);
    const total = tf.add(tf.add(tf.sum(p, space), tf.sum(labels, space)), 1);
    return tf.div(overlap, total) as tf.Tensor2D;
  });
}

/**
 * Soft Dice loss of overlapping regions: with p = sigmoid(logit), per sample and region
 *   d = 2 sum(p g) / (sum(p) + sum(g) + 1),   loss = mean over regions of (1 - mean over samples of d).
 * The 1 is in the denominator only, and nothing is squared (authors' code).
 * logits and labels [N, D, H, W, R], labels 0 or 1 -> scalar.
 */
export function diceLoss(logits: tf.Tensor5D, labels: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => tf.sub(1, tf.mean(regionDice(logits, labels))) as tf.Scalar);
}

/**
 * Binary cross-entropy with logits: mean over samples and voxels, SUMMED over the regions (authors'
 * code, so three times the mean). Gradient (sigmoid(x) - g) / (N D H W).
 * logits and labels [N, D, H, W, R] -> scalar.
 */
export function binaryCrossEntropy(logits: tf.Tensor5D, labels: tf.Tensor5D): tf.Scalar {
  const count = logits.size / logits.shape[4];
  return withGradient<tf.Scalar>([logits], {
    forward: ([x]) => {
      const tail = tf.log1p(tf.exp(tf.neg(tf.abs(x))));
      const perVoxel = tf.add(tf.sub(tf.relu(x), tf.mul(x, labels)), tail);
      return { value: tf.div(tf.sum(perVoxel), count), saved: [x, labels] };
    },
    backward: (dy, [x, g]) => [tf.mul(tf.sub(tf.sigmoid(x), g), tf.div(dy, count))],
  });
}

/** Dice + BCE: the task loss of the segmentation. */
export function segmentationLoss(logits: tf.Tensor5D, labels: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => tf.add(diceLoss(logits, labels), binaryCrossEntropy(logits, labels)));
}

/** As `crossEntropy`, with each sample's share weighed: sum of w_n CE_n / N. weights [N], constants. */
export function weightedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  weights: tf.Tensor1D,
): tf.Scalar {
  const samples = logits.shape[0];
  return withGradient<tf.Scalar>([logits], {
    forward: ([x]) => {
      const attributes: OpAttribute[] = [FLOAT, { name: 'Tlabels', type: 'type', value: 'int32' }];
      const name = 'SparseSoftmaxCrossEntropyWithLogits';
      const [perSample, gradient] = runOp(name, attributes, [x, labels], 2);
      return {
        value: tf.mean(tf.mul(perSample, weights)),
        saved: [tf.mul(gradient, tf.expandDims(weights, 1))],
      };
    },
    backward: (dy, [gradient]) => [tf.mul(gradient, tf.div(dy, samples))],
  });
}

/** Mean over all entries of the binary cross-entropy of logits with one target: 1, `true`, or 0. */
export function logisticLoss(logits: tf.Tensor, target: boolean): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.softplus(target ? tf.neg(logits) : logits)));
}
