/** Matrix product and bias with TensorFlow's own gradient kernels: one op each where tfjs composes several. */
import { tf } from '../tf';
import { runOp, type OpAttribute } from './kernels';

const FLOAT: OpAttribute = { name: 'T', type: 'type', value: 'float32' };

type Save = (tensors: tf.Tensor[]) => void;

/** x + bias along the last axis. x [..., C], bias [C]; the gradient of bias is the sum of dy over the rest. */
export const biasAdd: <T extends tf.Tensor>(x: T, bias: tf.Tensor) => T = tf.customGrad(
  (x, bias) => ({
    value: runOp('BiasAdd', [FLOAT], [x as tf.Tensor, bias as tf.Tensor])[0],
    gradFunc: (dy: tf.Tensor) => [dy.clone(), runOp('BiasAddGrad', [FLOAT], [dy])[0]],
  }),
) as unknown as <T extends tf.Tensor>(x: T, bias: tf.Tensor) => T;

function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  return runOp(
    'MatMul',
    [
      FLOAT,
      { name: 'transpose_a', type: 'bool', value: transposeA },
      { name: 'transpose_b', type: 'bool', value: transposeB },
    ],
    [a, b],
  )[0];
}

/** a [N, K] times b [K, M]; gradients dy b^T and a^T dy. */
export const matMul: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D = tf.customGrad(
  (a, b, save) => {
    (save as unknown as Save)([a as tf.Tensor, b as tf.Tensor]);
    return {
      value: product(a as tf.Tensor, b as tf.Tensor, false, false),
      gradFunc: (dy: tf.Tensor, [left, right]: tf.Tensor[]) => [
        product(dy, right, false, true),
        product(left, dy, true, false),
      ],
    };
  },
) as unknown as (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D;
