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

/** |x| with gradient sign(x), 0 at 0; tfjs has -1 there, which pulls apart features that agree. */
export function absolute<T extends tf.Tensor>(x: T): T {
  return withGradient<T>([x], {
    forward: (inputs) => ({ value: tf.abs(inputs[0]), saved: inputs }),
    backward: (dy, [saved]) => [tf.mul(dy, tf.sign(saved))],
  });
}
