/** Elementwise functions whose tfjs gradient is slow (several ops) or differs from PyTorch's. */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, runOp } from './kernels';

/** max(x, 0). The caller disposes of it. */
export function relu<T extends tf.Tensor>(x: T): T {
  return withGradient<T>([x], {
    forward: (inputs) => {
      const [value] = runOp('Relu', [FLOAT], inputs);
      return { value, saved: [value] };
    },
    backward: (dy, [y]) => runOp('ReluGrad', [FLOAT], [dy, y]),
  });
}

/**
 * exp(x) / sum exp(x) over all of a vector. TensorFlow's op has another kernel in a function than alone, which rounds
 * otherwise; these ops give its bits in both.
 */
export function softmax(x: tf.Tensor1D): tf.Tensor1D {
  return withGradient<tf.Tensor1D>([x], {
    forward: ([input]) => {
      const powers = tf.exp(tf.sub(input, tf.max(input)));
      const value = tf.mul(powers, tf.reciprocal(tf.sum(powers)));
      return { value, saved: [value] };
    },
    backward: (dy, [y]) => {
      const along = tf.mul(dy, y);
      return [tf.sub(along, tf.mul(tf.sum(along), y))];
    },
  });
}

/** |x| with gradient sign(x), 0 at 0; tfjs has -1 there, which pulls apart features that agree. */
export function absolute<T extends tf.Tensor>(x: T): T {
  return withGradient<T>([x], {
    forward: (inputs) => ({ value: tf.abs(inputs[0]), saved: inputs }),
    backward: (dy, [saved]) => [tf.mul(dy, tf.sign(saved))],
  });
}
