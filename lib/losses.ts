/** Task losses. */
import { runOp } from './nn/kernels';
import { tf } from './tf';

/**
 * Mean cross-entropy of softmax(logits) against class indices, with its gradient
 * (softmax - onehot) / N from the same TensorFlow op.
 * logits [N, K], labels int32 [N] -> scalar. The caller disposes of the result.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const samples = logits.shape[0];
  const loss = tf.customGrad((x, save) => {
    const [perSample, gradient] = runOp(
      'SparseSoftmaxCrossEntropyWithLogits',
      [
        { name: 'T', type: 'type', value: 'float32' },
        { name: 'Tlabels', type: 'type', value: 'int32' },
      ],
      [x as tf.Tensor, labels],
      2,
    );
    (save as unknown as (tensors: tf.Tensor[]) => void)([gradient]);
    return {
      value: tf.mean(perSample),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0], tf.div(dy, samples)),
    };
  });
  return loss(logits) as tf.Scalar;
}
