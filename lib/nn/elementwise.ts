/** Elementwise functions whose tfjs gradient is slow (several ops) or differs from PyTorch's. */
import { tf } from '../tf';
import { runOp, type OpAttribute } from './kernels';

const FLOAT: OpAttribute = { name: 'T', type: 'type', value: 'float32' };

type Save = (tensors: tf.Tensor[]) => void;

/** max(x, 0). The caller disposes of it. */
export const relu: <T extends tf.Tensor>(x: T) => T = tf.customGrad((x, save) => {
  const [y] = runOp('Relu', [FLOAT], [x as tf.Tensor]);
  (save as unknown as Save)([y]);
  return {
    value: y,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => runOp('ReluGrad', [FLOAT], [dy, saved[0]])[0],
  };
}) as unknown as <T extends tf.Tensor>(x: T) => T;

/** |x| with gradient sign(x), 0 at 0; tfjs has -1 there, which pulls apart features that agree. */
export const absolute: <T extends tf.Tensor>(x: T) => T = tf.customGrad((x, save) => {
  (save as unknown as Save)([x as tf.Tensor]);
  return {
    value: tf.abs(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.sign(saved)),
  };
}) as unknown as <T extends tf.Tensor>(x: T) => T;
