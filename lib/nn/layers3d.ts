/**
 * The 3-D layers of the segmentation network, as functions (params, x) -> y. NDHWC.
 * Each hand-written gradient stands beside its forward pass; every function returns tensors that the
 * caller disposes of.
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { biasAdd, matMul } from './dense';
import { FLOAT, kernels, nativeKernels, runOp, type OpAttribute } from './kernels';
import { normalise } from './normalise';
import type { NamedTensors } from './parameters';
import { runProduct } from './precision';

type Shape5D = tf.Tensor5D['shape'];

/**
 * Weight standardisation: each output filter minus its mean, divided by sqrt(unbiased variance + 1e-12).
 * weight [kD, kH, kW, in, out] -> the same shape.
 */
export function standardise(weight: tf.Tensor): tf.Tensor {
  return normalise(weight, { epsilon: 1e-12, bySample: false, unbiased: true });
}

export interface Conv3dOptions {
  /** Along D, H, W. */
  stride?: [number, number, number];
  dilation?: number;
  /** x is input data: no gradient is computed for it. */
  inputIsData?: boolean;
  /** What lies beyond the edge of x: zeros (the default), or x mirrored at its edge, which is not repeated. */
  padding?: 'zeros' | 'reflect';
}

/**
 * Convolution, padded by dilation * (k - 1) / 2 (rounded down) on both sides, no bias.
 * x [N, D, H, W, in], weight [k, k, k, in, out] -> [N, ceil(D / stride), ..., out].
 */
export function conv3d(
  x: tf.Tensor5D,
  weight: tf.Tensor5D,
  options: Conv3dOptions = {},
): tf.Tensor5D {
  const { stride = [1, 1, 1], dilation = 1, inputIsData = false, padding = 'zeros' } = options;
  const kernel = weight.shape[0];
  const p = Math.floor((kernel - 1) / 2);
  return tf.tidy(() => {
    if (kernel === 1) return plainConv3d(x, weight, { stride, padding: 'VALID', inputIsData });
    if (dilation > 1) return dilatedConv3d(x, weight, dilation);
    if (padding === 'reflect') {
      return plainConv3d(reflectPad(x, p), weight, { stride, padding: 'VALID', inputIsData });
    }
    // With stride 1 TensorFlow's own padding of odd kernels is this one, and saves a copy of x.
    if (kernel % 2 === 1 && stride.every((step) => step === 1)) {
      return plainConv3d(x, weight, { stride, padding: 'SAME', inputIsData });
    }
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
 * D, H and W longer by p at each end, mirrored at the edge: index -1 is 1, index n is n - 2. p is less than each.
 * x [N, D, H, W, C] -> [N, D + 2 p, H + 2 p, W + 2 p, C]. The caller disposes of it.
 */
export function reflectPad(x: tf.Tensor5D, p: number): tf.Tensor5D {
  if (nativeKernels()) return nativeReflectPad(x, p);
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'Tpaddings', type: 'type', value: 'int32' },
    { name: 'mode', type: 'string', value: 'REFLECT' },
  ];
  const edges = (): tf.Tensor2D =>
    tf.tensor2d(
      [0, p, p, p, 0].flatMap((side) => [side, side]),
      [5, 2],
      'int32',
    );
  return withGradient<tf.Tensor5D>([x], {
    forward: (inputs) => ({ value: runOp('MirrorPad', attributes, [...inputs, edges()])[0] }),
    backward: (dy) => runOp('MirrorPadGrad', attributes, [dy, edges()]),
  });
}

/** For processors: lib/native/reflect-pad.cc, with the bits of TensorFlow's op. */
function nativeReflectPad(x: tf.Tensor5D, p: number): tf.Tensor5D {
  const pad: OpAttribute = { name: 'pad', type: 'int', value: [p] };
  const shape: OpAttribute = { name: 'shape', type: 'int', value: x.shape };
  return withGradient<tf.Tensor5D>([x], {
    forward: (inputs) => ({ value: runOp('MckdReflectPad', [FLOAT, pad], inputs)[0] }),
    backward: (dy) => runOp('MckdReflectPadGrad', [FLOAT, shape, pad], [dy]),
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
  const looks: number[][] = [];
  const taps: number[] = [];
  steps.forEach((d, i) =>
    steps.forEach((h, j) =>
      steps.forEach((w, k) => {
        if ([d, h, w].some((step, axis) => Math.abs(step) >= sizes[axis])) return;
        looks.push([d, h, w]);
        taps.push((i * kernel + j) * kernel + k);
      }),
    ),
  );
  const flat = tf.reshape(weight, [kernel ** 3, inputs, outputs]);
  const chosen = tf.gather(flat, tf.tensor1d(taps, 'int32'));
  const shifted =
    kernels() === 'fused' && looks.length > 1
      ? gatherShifts(x, looks)
      : tf.concat(
          looks.map((step) => shift(x, step)),
          4,
        );
  const product = matMul(
    tf.reshape(shifted, [-1, taps.length * inputs]) as tf.Tensor2D,
    tf.reshape(chosen, [taps.length * inputs, outputs]) as tf.Tensor2D,
  );
  return tf.reshape(product, [...x.shape.slice(0, 4), outputs] as Shape5D);
}

/**
 * The map shifted by each of the steps, side by side, in one op each way, whatever their number: [N, D H W, steps, C].
 * The gradient gathers as well, for a GPU adds scattered values in any order.
 */
function gatherShifts(x: tf.Tensor5D, steps: readonly number[][]): tf.Tensor {
  const [samples, d, h, w, channels] = x.shape;
  const places = d * h * w;
  const count = steps.length;
  /** Of the place `sign` steps from each place, its index among `among`, or of the row of zeros behind them. */
  const indices = (among: number, sign: number, at: (place: number, k: number) => number) => {
    const found: number[] = [];
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++)
        for (let k = 0; k < w; k++)
          steps.forEach((step, tap) => {
            const [a, b, c] = [i, j, k].map((place, axis) => place + sign * step[axis]);
            const inside = a >= 0 && a < d && b >= 0 && b < h && c >= 0 && c < w;
            found.push(inside ? at((a * h + b) * w + c, tap) : among);
          });
    return tf.tensor1d(found, 'int32');
  };
  const gather = (rows: tf.Tensor, index: tf.Tensor1D): tf.Tensor => {
    const padded = tf.pad(rows, [
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    const attributes: OpAttribute[] = [
      { name: 'Tparams', type: 'type', value: 'float32' },
      { name: 'Tindices', type: 'type', value: 'int32' },
      { name: 'Taxis', type: 'type', value: 'int32' },
      { name: 'batch_dims', type: 'int', value: 0 },
    ];
    const [gathered] = runOp('GatherV2', attributes, [padded, index, tf.scalar(1, 'int32')]);
    return tf.reshape(gathered, [samples, places, count, channels]);
  };
  return withGradient<tf.Tensor>([x], {
    forward: ([input]) => ({
      value: gather(
        tf.reshape(input, [samples, places, channels]),
        indices(places, 1, (place) => place),
      ),
    }),
    backward: (dy) => {
      const rows = tf.reshape(dy, [samples, places * count, channels]);
      const back = indices(places * count, -1, (place, tap) => place * count + tap);
      return [tf.reshape(tf.sum(gather(rows, back), 2), x.shape)];
    },
  });
}

/** y[p] = x[p + step], 0 where that is outside. */
function shift(x: tf.Tensor5D, step: number[]): tf.Tensor5D {
  if (step.every((s) => s === 0)) return x;
  const begin = [0, ...step.map((s) => Math.max(0, s)), 0] as Shape5D;
  const size = [x.shape[0], ...step.map((s, i) => x.shape[i + 1] - Math.abs(s)), -1] as Shape5D;
  const edges = step.map((s): [number, number] => [Math.max(0, -s), Math.max(0, s)]);
  return tf.pad(tf.slice(x, begin, size), [[0, 0], ...edges, [0, 0]]);
}

/** Convolution by TensorFlow's own ops. */
function plainConv3d(
  x: tf.Tensor5D,
  weight: tf.Tensor5D,
  {
    stride,
    padding,
    inputIsData,
  }: Required<Pick<Conv3dOptions, 'stride' | 'inputIsData'>> & { padding: 'SAME' | 'VALID' },
): tf.Tensor5D {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'strides', type: 'int', value: [1, ...stride, 1] },
    { name: 'padding', type: 'string', value: padding },
    { name: 'data_format', type: 'string', value: 'NDHWC' },
    { name: 'dilations', type: 'int', value: [1, 1, 1, 1, 1] },
  ];
  const convolve = (input: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    runProduct('Conv3D', attributes, [input, w]);
  const weightGradient = (input: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const shape = tf.tensor1d(weight.shape, 'int32');
    return runProduct('Conv3DBackpropFilterV2', attributes, [input, shape, dy]);
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
      runProduct(
        'Conv3DBackpropInputV2',
        [...attributes, shapeType],
        [tf.tensor1d(input.shape, 'int32'), w, dy],
      ),
      weightGradient(input, dy),
    ],
  });
}

/** Convolution `name.weight`, and `name.bias` [out] where the network has it. */
export function convolve(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  options: Conv3dOptions = {},
): tf.Tensor5D {
  const y = conv3d(x, parameters[`${name}.weight`] as tf.Tensor5D, options);
  const bias = parameters[`${name}.bias`] as tf.Tensor | undefined;
  return bias ? biasAdd(y, bias) : y;
}

/** What leaky ReLU multiplies negative values by. */
const LEAKY_SLOPE = 0.01;

export interface InstanceNormOptions {
  /** Added to the result, before the activation: a shortcut. */
  plus?: tf.Tensor5D;
  /** Leaky ReLU at the end. */
  activate?: boolean;
  /** As in `Normalisation`. */
  maybeConstant?: boolean;
}

/**
 * Instance norm with scale and shift: per sample and channel, (x - mean) / sqrt(var + 1e-5) over space; then what
 * the options add.
 * x [N, D, H, W, C], `name.weight` and `name.bias` [C], or of `normsBySample`.
 */
export function instanceNorm(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  { plus, activate = false, maybeConstant }: InstanceNormOptions = {},
): tf.Tensor5D {
  return normalise(x, {
    epsilon: 1e-5,
    bySample: true,
    scaleAndShift: [parameters[`${name}.weight`], parameters[`${name}.bias`]],
    plus,
    slope: activate ? LEAKY_SLOPE : 1,
    maybeConstant,
  });
}

/**
 * Where norms are fused, the parameters with the scales and shifts of all instance norms whose names begin with `part.`
 * as [samples, C]: repeated, and their gradients summed over samples, in a few ops for all of them and not in each norm.
 * Elsewhere the parameters as they are. In a tidy.
 */
export function normsBySample(
  parameters: NamedTensors,
  part: string,
  samples: number,
): NamedTensors {
  if (kernels() !== 'fused' || samples === 1) return parameters;
  const names = Object.keys(parameters).filter(
    (name) => name.startsWith(`${part}.`) && parameters[name].rank === 1,
  );
  const joined = withGradient<tf.Tensor2D>([tf.concat(names.map((name) => parameters[name]))], {
    forward: ([row]) => ({ value: tf.tile(tf.reshape(row, [1, row.size]), [samples, 1]) }),
    backward: (dy) => [tf.sum(dy, 0)],
  });
  const sizes = names.map((name) => parameters[name].size);
  const pieces = tf.split(joined, sizes, 1);
  return { ...parameters, ...Object.fromEntries(names.map((name, i) => [name, pieces[i]])) };
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
 * after the other. tfjs's gradient of its own resize ignores the half-pixel offset.
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
