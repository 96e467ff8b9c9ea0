/**
 * A 2-D convolution (stride 1, no padding) and its two gradients, each with gradients of its own by the other two, so that
 * a gradient that is written with them can be differentiated again. With y = x * W and the product <y, dy>, which is
 * linear in each of x, W and dy:
 *
 *   convolve(x, W) = y,   inputGradient(W, dy) = d<y, dy>/dx,   kernelGradient(x, dy) = d<y, dy>/dW
 *
 * x [N, H, W, in], W [k, k, in, out], y and dy [N, H-k+1, W-k+1, out]. The caller disposes of what they return.
 */
import { withGradient } from './custom-gradient';
import { FLOAT, runOp, type OpAttribute } from './kernels';
import { tf } from './tf';

type Shape4D = [number, number, number, number];

const ATTRIBUTES: OpAttribute[] = [
  FLOAT,
  { name: 'strides', type: 'int', value: [1, 1, 1, 1] },
  { name: 'padding', type: 'string', value: 'VALID' },
];

const sizes = (shape: Shape4D): tf.Tensor => tf.tensor1d(shape, 'int32');

const forward = (x: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
  runOp('Conv2D', ATTRIBUTES, [x, kernel])[0];
const toInput = (shape: Shape4D, kernel: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
  runOp('Conv2DBackpropInput', ATTRIBUTES, [sizes(shape), kernel, dy])[0];
const toKernel = (shape: Shape4D, x: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
  runOp('Conv2DBackpropFilter', ATTRIBUTES, [x, sizes(shape), dy])[0];

/** y = x * W. */
export function convolve(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  return withGradient<tf.Tensor4D>([x, kernel], {
    forward: (inputs) => ({ value: forward(inputs[0], inputs[1]), saved: inputs }),
    backward: (dy, [input, weight]) => [
      toInput(x.shape, weight, dy),
      toKernel(kernel.shape, input, dy),
    ],
  });
}

/** d<x * W, dy>/dx. @param shape of x */
export function inputGradient(shape: Shape4D, kernel: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
  return withGradient<tf.Tensor4D>([kernel, dy], {
    forward: (inputs) => ({ value: toInput(shape, inputs[0], inputs[1]), saved: inputs }),
    backward: (along, [weight, upstream]) => [
      toKernel(kernel.shape, along, upstream),
      forward(along, weight),
    ],
  });
}

/** d<x * W, dy>/dW. @param shape of W */
export function kernelGradient(shape: Shape4D, x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
  return withGradient<tf.Tensor4D>([x, dy], {
    forward: (inputs) => ({ value: toKernel(shape, inputs[0], inputs[1]), saved: inputs }),
    backward: (along, [input, upstream]) => [
      toInput(x.shape, along, upstream),
      forward(input, along),
    ],
  });
}
