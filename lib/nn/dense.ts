/**
 * Matrix product, bias and rows with TensorFlow's own kernels: one op each where tfjs composes several, or reads values
 * back from the device.
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, runOp, type OpAttribute } from './kernels';
import type { NamedTensors } from './parameters';
import { runProduct } from './precision';

/** x + bias along the last axis. x [..., C], bias [C]; the gradient of bias is the sum of dy over the rest. */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  return withGradient<T>([x, bias], {
    forward: (inputs) => ({ value: runOp('BiasAdd', [FLOAT], inputs)[0] }),
    backward: (dy) => [dy.clone(), runOp('BiasAddGrad', [FLOAT], [dy])[0]],
  });
}

/** a [N, K] times b [K, M]; gradients dy b^T and a^T dy. */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return withGradient<tf.Tensor2D>([a, b], {
    forward: ([left, right]) => ({
      value: product(left, right, false, false),
      saved: [left, right],
    }),
    backward: (dy, [left, right]) => [
      product(dy, right, false, true),
      product(left, dy, true, false),
    ],
  });
}

function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  return runProduct(
    'MatMul',
    [
      FLOAT,
      { name: 'transpose_a', type: 'bool', value: transposeA },
      { name: 'transpose_b', type: 'bool', value: transposeB },
    ],
    [a, b],
  );
}

/** y[n] = x[rows[n]]. x [R, ...], rows int32 [N], each below R -> [N, ...]. The caller disposes of it. */
export function takeRows<T extends tf.Tensor>(x: T, rows: tf.Tensor1D): T {
  const attributes: OpAttribute[] = [
    { name: 'Tparams', type: 'type', value: 'float32' },
    { name: 'Tindices', type: 'type', value: 'int32' },
    { name: 'Taxis', type: 'type', value: 'int32' },
    { name: 'batch_dims', type: 'int', value: 0 },
  ];
  return withGradient<T>([x], {
    forward: ([input]) => ({
      value: runOp('GatherV2', attributes, [input, rows, tf.scalar(0, 'int32')])[0],
      saved: [rows],
    }),
    backward: (dy, [saved]) => [tf.unsortedSegmentSum(dy, saved as tf.Tensor1D, x.shape[0])],
  });
}

/** A linear layer in PyTorch's layout: x [..., in], `name.weight` [out, in], `name.bias` [out] where there is one. */
export function linear(parameters: NamedTensors, name: string, x: tf.Tensor): tf.Tensor {
  const weight = parameters[`${name}.weight`] as tf.Tensor2D;
  const bias = parameters[`${name}.bias`] as tf.Tensor | undefined;
  const [outputs, inputs] = weight.shape;
  return tf.tidy(() => {
    const flat = matMul(tf.reshape(x, [-1, inputs]) as tf.Tensor2D, tf.transpose(weight));
    const shifted = bias ? biasAdd(flat, bias) : flat;
    return tf.reshape(shifted, [...x.shape.slice(0, -1), outputs]);
  });
}
