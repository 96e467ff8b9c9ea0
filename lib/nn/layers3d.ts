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

type Shape5D = tf.Tensor5D['shape'];

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
  /** x is data that nothing learns from: no gradient is worked out for it. */
  inputIsData?: boolean;
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
  const { stride = [1, 1, 1], dilation = 1, inputIsData = false } = options;
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
    if (dilation > 1) return dilatedConv3d(x, weight, dilation);
    // With stride 1 TensorFlow's own padding is this one, and saves a copy of x.
    if (stride.every((step) => step === 1)) {
      return plainConv3d(x, weight, { stride, padding: 'SAME', inputIsData });
    }
    const p = (kernel - 1) / 2;
    const padded = tf.pad(x, [
      [0, 0],
      [p, p],
      [p, p],
      [p, p],
      [0, 0],
    ]);
    return plainConv3d(padded, weight, { stride, padding: 'VALID', inputIsData });
  });
}

/**
 * Dilated convolution, tap by tap: the map, shifted to where a tap looks, for all taps side by side, and one
 * matrix product. On the small maps where the network dilates, most taps look past the edge and are
 * left out; and tfjs has no gradient for its own.
 */
function dilatedConv3d(x: tf.Tensor5D, weight: tf.Tensor5D, dilation: number): tf.Tensor5D {
  const [kernel, , , inputs, outputs] = weight.shape;
  const sizes = x.shape.slice(1, 4);
  const reach = (kernel - 1) / 2;
  const steps = Array.from({ length: kernel }, (_, i) => (i - reach) * dilation);
  const shifted: tf.Tensor[] = [];
  const taps: number[] = [];
  steps.forEach((d, i) =>
    steps.forEach((h, j) =>
      steps.forEach((w, k) => {
        if ([d, h, w].some((step, axis) => Math.abs(step) >= sizes[axis])) return;
        shifted.push(shift(x, [d, h, w]));
        taps.push((i * kernel + j) * kernel + k);
      }),
    ),
  );
  const flat = tf.reshape(weight, [kernel ** 3, inputs, outputs]);
  const chosen = tf.gather(flat, tf.tensor1d(taps, 'int32'));
  const product = matMul(
    tf.reshape(tf.concat(shifted, 4), [-1, taps.length * inputs]) as tf.Tensor2D,
    tf.reshape(chosen, [taps.length * inputs, outputs]) as tf.Tensor2D,
  );
  return tf.reshape(product, [...x.shape.slice(0, 4), outputs] as Shape5D);
}

/** y[p] = x[p + step], 0 where that is outside. */
function shift(x: tf.Tensor5D, step: number[]): tf.Tensor5D {
  if (step.every((s) => s === 0)) return x;
  const begin = [0, ...step.map((s) => Math.max(0, s)), 0] as Shape5D;
  const size = [x.shape[0], ...step.map((s, i) => x.shape[i + 1] - Math.abs(s)), -1] as Shape5D;
  const edges = step.map((s): [number, number] => [Math.max(0, -s), Math.max(0, s)]);
  return tf.pad(tf.slice(x, begin, size), [[0, 0], ...edges, [0, 0]]);
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

/** Convolution by TensorFlow's own ops. */
function plainConv3d(
  x: tf.Tensor5D,
  weight: tf.Tensor5D,
  { stride, padding, inputIsData }: Required<Omit<Conv3dOptions, 'dilation'>> & { padding: string },
): tf.Tensor5D {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'strides', type: 'int', value: [1, ...stride, 1] },
    { name: 'padding', type: 'string', value: padding },
    { name: 'data_format', type: 'string', value: 'NDHWC' },
    { name: 'dilations', type: 'int', value: [1, 1, 1, 1, 1] },
  ];
  const convolve = (input: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    runOp('Conv3D', attributes, [input, w])[0];
  const weightGradient = (input: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const shape = tf.tensor1d(weight.shape, 'int32');
    return runOp('Conv3DBackpropFilterV2', attributes, [input, shape, dy])[0];
  };
  if (inputIsData) {
    return withGradient<tf.Tensor5D>([weight], {
      forward: ([w]) => ({ value: convolve(x, w), saved: [x] }),
      backward: (dy, [input]) => [weightGradient(input, dy)],
    });
  }
  const shapeType: OpAttribute = { name: 'Tshape', type: 'type', value: 'int32' };
  return withGradient<tf.Tensor5D>([x, weight], {
    forward: ([input, w]) => ({ value: convolve(input, w), saved: [input, w] }),
    backward: (dy, [input, w]) => [
      runOp(
        'Conv3DBackpropInputV2',
        [...attributes, shapeType],
        [tf.tensor1d(input.shape, 'int32'), w, dy],
      )[0],
      weightGradient(input, dy),
    ],
  });
}

const INSTANCE_NORM_EPSILON = 1e-5;

/**
 * Mean over D, H, W, one axis after the other: [N, D, H, W, C] -> [N, 1, 1, 1, C]. In one go, or a plane at
 * once, TensorFlow adds so many numbers into one float32 that gradients which nearly cancel lose their digits,
 * and that the constant maps of an empty volume, divided by sqrt(1e-5), come out as noise.
 */
function spaceMean(x: tf.Tensor): tf.Tensor {
  return meanAlong(meanAlong(meanAlong(x, 3), 2), 1);
}

/** Mean over one axis, which stays with size 1; tf.mean copies x first, to cast it to what it is. */
function meanAlong(x: tf.Tensor, axis: number): tf.Tensor {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'Tidx', type: 'type', value: 'int32' },
    { name: 'keep_dims', type: 'bool', value: true },
  ];
  return runOp('Mean', attributes, [x, tf.scalar(axis, 'int32')])[0];
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
 * Doubles H and W linearly (half-pixel centres: PyTorch's trilinear with align_corners False), one axis
 * after the other. tfjs's gradient of its own resize forgets the half pixel.
 */
export function upsampleInPlane(x: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => doubleAxis(doubleAxis(x, 2), 3));
}

/** y[2i] = x[i - 1] / 4 + 3 x[i] / 4 and y[2i + 1] = 3 x[i] / 4 + x[i + 1] / 4, the edge repeated. */
function doubleAxis(x: tf.Tensor5D, axis: number): tf.Tensor5D {
  const n = x.shape[axis];
  const part = (from: number, count: number): tf.Tensor => {
    const begin = x.shape.map((_, i) => (i === axis ? from : 0)) as Shape5D;
    const size = x.shape.map((whole, i) => (i === axis ? count : whole)) as Shape5D;
    return tf.slice(x, begin, size);
  };
  const before = tf.concat([part(0, 1), part(0, n - 1)], axis);
  const after = tf.concat([part(1, n - 1), part(n - 1, 1)], axis);
  const near = tf.mul(x, 0.75);
  const even = tf.add(near, tf.mul(before, 0.25));
  const odd = tf.add(near, tf.mul(after, 0.25));
  const shape = x.shape.map((size, i) => (i === axis ? 2 * size : size)) as Shape5D;
  return tf.reshape(tf.stack([even, odd], axis + 1), shape);
}
