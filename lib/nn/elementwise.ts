/** Elementwise functions whose tfjs gradient is slow (several ops) or differs from PyTorch's. */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, runOp, type OpAttribute } from './kernels';

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
 * exp(x) / sum exp(x) over the last axis. TensorFlow's op has another kernel in a function than alone, which rounds
 * otherwise; these ops give the same bits in both. The caller disposes of it.
 */
export function softmax<T extends tf.Tensor>(x: T): T {
  return withGradient<T>([x], {
    forward: ([input]) => {
      const powers = tf.exp(tf.sub(input, tf.max(input, -1, true)));
      const value = tf.mul(powers, tf.reciprocal(tf.sum(powers, -1, true)));
      return { value, saved: [value] };
    },
    backward: (dy, [y]) => {
      const along = tf.mul(dy, y);
      return [tf.sub(along, tf.mul(tf.sum(along, -1, true), y))];
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

/** x where it is positive, slope x elsewhere. The caller disposes of it. */
export function leakyRelu<T extends tf.Tensor>(x: T, slope: number): T {
  const attributes: OpAttribute[] = [FLOAT, { name: 'alpha', type: 'float', value: slope }];
  return withGradient<T>([x], {
    forward: (inputs) => {
      const [value] = runOp('LeakyRelu', attributes, inputs);
      // For a positive slope the sign of y is that of x.
      return { value, saved: [value] };
    },
    backward: (dy, [y]) => runOp('LeakyReluGrad', attributes, [dy, y]),
  });
}

/**
 * x Phi(x) with the normal distribution function Phi, by erf and not its tanh approximation; its derivative is
 * Phi(x) + x phi(x). The caller disposes of it.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  const distribution = (at: tf.Tensor): tf.Tensor =>
    tf.mul(tf.add(tf.erf(tf.div(at, tf.sqrt(2))), 1), 0.5);
  return withGradient<T>([x], {
    forward: (inputs) => ({ value: tf.mul(inputs[0], distribution(inputs[0])), saved: inputs }),
    backward: (dy, [saved]) => {
      const density = tf.div(tf.exp(tf.mul(tf.square(saved), -0.5)), Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(distribution(saved), tf.mul(saved, density)))];
    },
  });
}
