/**
 * The 3-D layers of the segmentation network, as functions (params, x) -> y. NDHWC.
 * Each hand-written gradient stands beside its forward pass; every function returns tensors that the
 * caller disposes of.
 */
import { tf } from '../tf';
import { withGradient } from './custom-gradient';
import { matMul } from './dense';
import { FLOAT, runOp, type OpAttribute } from './kernels';
import type { NamedTensors } from './parameters';

const STANDARDISATION_EPSILON = 1e-12;

/**
 * Weight standardisation: each output filter minus its mean, divided by sqrt(unbiased variance + 1e-12).
 * With w^ the result, s the divisor and n the filter's size, the gradient is
 *   (g - mean(g) - w^ sum(g w^) / (n - 1)) / s.
 * weight [kD, kH, kW, in, out] -> the same shape.
 */
export function standardise(weight: tf.Tensor): tf.Tensor {
  const outputs = weight.shape[weight.rank - 1];
  const n = weight.size / outputs;
  return withGradient<tf.Tensor>([weight], {
    forward: ([w]) => {
      const flat = tf.reshape(w, [n, outputs]);
      const centred = tf.sub(flat, tf.mean(flat, 0, true));
      const variance = tf.div(tf.sum(tf.square(centred), 0, true), n - 1);
      const inverse = tf.rsqrt(tf.add(variance, STANDARDISATION_EPSILON));
      const result = tf.mul(centred, inverse);
      return { value: tf.reshape(result, weight.shape), saved: [result, inverse] };
    },
    backward: (dy, [y, inverse]) => {
      const g = tf.reshape(dy, [n, outputs]);
      const along = tf.div(tf.sum(tf.mul(g, y), 0, true), n - 1);
      const rest = tf.sub(tf.sub(g, tf.mean(g, 0, true)), tf.mul(y, along));
      return [tf.reshape(tf.mul(rest, inverse), weight.shape)];
    },
  });
}

export interface Conv3dOptions {
  /** Along D, H, W. */
  stride?: [number, number, number];
  dilation?: number;
}

/**
 * Convolution with odd kernel, zero padding dilation * (k - 1) / 2 on both sides, no bias.
 * x [N, D, H, W, in], weight [k, k, k, in, out] -> [N, ceil(D / stride), ..., out].
 */
export function conv3d(
  x: tf.Tensor5D,
  weight: tf.Tensor5D,
  options: Conv3dOptions = {},
): tf.Tensor5D {
  const { stride = [1, 1, 1], dilation = 1 } = options;
  const [kernel, , , inputs, outputs] = weight.shape;
  return tf.tidy(() => {
    if (kernel === 1) {
      const kept = stride.every((s) => s === 1) ? x : everyNth(x, stride);
      const flat = matMul(
        tf.reshape(kept, [-1, inputs]) as tf.Tensor2D,
        tf.reshape(weight, [inputs, outputs]) as tf.Tensor2D,
      );
      return tf.reshape(flat, [...kept.shape.slice(0, 4), outputs] as tf.Tensor5D['shape']);
    }
    const p = (dilation * (kernel - 1)) / 2;
    const padded = tf.pad(x, [
      [0, 0],
      [p, p],
      [p, p],
      [p, p],
      [0, 0],
    ]);
    return validConv3d(padded, weight, stride, dilation);
  });
}

/** x at every stride-th place, from the first; tfjs has no gradient for it, TensorFlow has. */
function everyNth(x: tf.Tensor5D, [d, h, w]: [number, number, number]): tf.Tensor5D {
  const masks = ['begin', 'end', 'ellipsis', 'new_axis', 'shrink_axis'];
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'Index', type: 'type', value: 'int32' },
    ...masks.map((name): OpAttribute => ({ name: `${name}_mask`, type: 'int', value: 0 })),
  ];
  const range = (): tf.Tensor[] =>
    [[0, 0, 0, 0, 0], x.shape, [1, d, h, w, 1]].map((v) => tf.tensor1d(v, 'int32'));
  return withGradient<tf.Tensor5D>([x], {
    forward: (inputs) => ({ value: runOp('StridedSlice', attributes, [...inputs, ...range()])[0] }),
    backward: (dy) =>
      runOp('StridedSliceGrad', attributes, [tf.tensor1d(x.shape, 'int32'), ...range(), dy]),
  });
}

/** Convolution without padding. tfjs has no gradient for the dilated one, so TensorFlow's ops are called. */
function validConv3d(
  x: tf.Tensor5D,
  weight: tf.Tensor5D,
  stride: [number, number, number],
  dilation: number,
): tf.Tensor5D {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'strides', type: 'int', value: [1, ...stride, 1] },
    { name: 'padding', type: 'string', value: 'VALID' },
    { name: 'data_format', type: 'string', value: 'NDHWC' },
    { name: 'dilations', type: 'int', value: [1, dilation, dilation, dilation, 1] },
  ];
  return withGradient<tf.Tensor5D>([x, weight], {
    forward: (inputs) => ({ value: runOp('Conv3D', attributes, inputs)[0], saved: inputs }),
    backward: (dy, [xs, ws]) => [
      runOp(
        'Conv3DBackpropInputV2',
        [...attributes, { name: 'Tshape', type: 'type', value: 'int32' }],
        [tf.tensor1d(xs.shape, 'int32'), ws, dy],
      )[0],
      runOp('Conv3DBackpropFilterV2', attributes, [xs, tf.tensor1d(ws.shape, 'int32'), dy])[0],
    ],
  });
}

const INSTANCE_NORM_EPSILON = 1e-5;

/**
 * Mean over D, H, W, one axis after the other: [N, D, H, W, C] -> [N, 1, 1, 1, C]. In one go TensorFlow
 * adds a whole volume into one float32, and gradients that nearly cancel lose their digits.
 */
function spaceMean(x: tf.Tensor): tf.Tensor {
  return tf.mean(tf.mean(tf.mean(x, 3, true), 2, true), 1, true);
}

/**
 * Instance norm with scale and shift: per sample and channel, (x - mean) / sqrt(var + 1e-5) over space.
 * x [N, D, H, W, C], `name.weight` and `name.bias` [C]. Closed-form gradient:
 *   dx = gamma / s * (dy - mean(dy) - x^ mean(dy x^)).
 */
export function instanceNorm(parameters: NamedTensors, name: string, x: tf.Tensor5D): tf.Tensor5D {
  const places = x.shape[1] * x.shape[2] * x.shape[3];
  const inputs = [x, parameters[`${name}.weight`], parameters[`${name}.bias`]];
  return withGradient<tf.Tensor5D>(inputs, {
    forward: ([input, gamma, beta]) => {
      const centred = tf.sub(input, spaceMean(input));
      const variance = spaceMean(tf.square(centred));
      const inverse = tf.rsqrt(tf.add(variance, INSTANCE_NORM_EPSILON));
      const normal = tf.mul(centred, inverse);
      return { value: tf.add(tf.mul(normal, gamma), beta), saved: [normal, inverse, gamma] };
    },
    backward: (dy, [normal, inverse, gamma]) => {
      const dyMean = spaceMean(dy);
      const dyNormalMean = spaceMean(tf.mul(dy, normal));
      const rest = tf.sub(tf.sub(dy, dyMean), tf.mul(normal, dyNormalMean));
      const overSamples = (mean: tf.Tensor): tf.Tensor =>
        tf.mul(tf.sum(mean, [0, 1, 2, 3]), places);
      return [tf.mul(rest, tf.mul(inverse, gamma)), overSamples(dyNormalMean), overSamples(dyMean)];
    },
  });
}

/**
 * Transposed convolution 2x2x2 with stride 2, no bias: each voxel becomes a block of eight, so it is a
 * matrix product and a rearrangement. x [N, D, H, W, in], weight [2, 2, 2, out, in] -> [N, 2D, 2H, 2W, out].
 */
export function doubleSize(x: tf.Tensor5D, weight: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const [samples, d, h, w, inputs] = x.shape;
    const outputs = weight.shape[3];
    const kernel = tf.transpose(tf.reshape(weight, [8 * outputs, inputs])) as tf.Tensor2D;
    const blocks = matMul(tf.reshape(x, [-1, inputs]) as tf.Tensor2D, kernel);
    // [N D, H, W, 2, (2 2 out)] -> D, then [N 2D H, W, 2, (2 out)] -> H; W comes out in order.
    const alongD = tf.transpose(
      tf.reshape(blocks, [samples * d, h, w, 2, 4 * outputs]),
      [0, 3, 1, 2, 4],
    );
    const alongH = tf.transpose(
      tf.reshape(alongD, [samples * 2 * d * h, w, 2, 2 * outputs]),
      [0, 2, 1, 3],
    );
    return tf.reshape(alongH, [samples, 2 * d, 2 * h, 2 * w, outputs]) as tf.Tensor5D;
  });
}

/**
 * Doubles H and W linearly (half-pixel centres: PyTorch's trilinear with align_corners False).
 * tfjs's gradient of its resize forgets the half pixel, so TensorFlow's ops are called.
 */
export function upsampleInPlane(x: tf.Tensor5D): tf.Tensor5D {
  const [samples, d, h, w, channels] = x.shape;
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'align_corners', type: 'bool', value: false },
    { name: 'half_pixel_centers', type: 'bool', value: true },
  ];
  return tf.tidy(() => {
    const larger = withGradient<tf.Tensor>([tf.reshape(x, [samples * d, h, w, channels])], {
      forward: ([input]) => ({
        value: runOp('ResizeBilinear', attributes, [
          input,
          tf.tensor1d([2 * h, 2 * w], 'int32'),
        ])[0],
        saved: [input],
      }),
      backward: (dy, [input]) => runOp('ResizeBilinearGrad', attributes, [dy, input]),
    });
    return tf.reshape(larger, [samples, d, 2 * h, 2 * w, channels]) as tf.Tensor5D;
  });
}
