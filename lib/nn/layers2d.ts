/** The 2-D layers of the image and the sound network, as functions (params, x) -> y. NHWC. */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { biasAdd, matMul } from './dense';
import { relu } from './elementwise';
import { FLOAT, isDouble, nativeKernels2d, runOp, type OpAttribute } from './kernels';
import { normalise } from './normalise';
import { constantVariable, type NamedTensors, type Parameters } from './parameters';

/** y = x W + b. x [N, in] -> [N, out]. */
export function linear(parameters: NamedTensors, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() =>
    biasAdd(matMul(x, parameters[`${name}.weight`] as tf.Tensor2D), parameters[`${name}.bias`]),
  );
}

/** The output of `layer`, with a ReLU after it if `activate` is set. */
function withRelu<T extends tf.Tensor>(activate: boolean, layer: () => T): T {
  return tf.tidy(() => (activate ? relu(layer()) : layer()));
}

export interface Conv2dOptions {
  /** x is input data: no gradient is computed for it. */
  inputIsData?: boolean;
}

/** Convolution without padding, stride 1, plus bias. x [N, H, W, in] -> [N, H-k+1, W-k+1, out]. */
export function conv2d(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor4D,
  { inputIsData = false }: Conv2dOptions = {},
): tf.Tensor4D {
  const weight = parameters[`${name}.weight`] as tf.Tensor4D;
  const bias = parameters[`${name}.bias`];
  if (nativeKernels2d()) return nativeConv2d(x, weight, bias, inputIsData);
  return tf.tidy(() => biasAdd(tf.conv2d(x, weight, 1, 'valid'), bias));
}

/** For processors: lib/native/conv2d.cc. */
function nativeConv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor,
  inputIsData: boolean,
): tf.Tensor4D {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'input_gradient', type: 'bool', value: !inputIsData },
  ];
  const learned = [weight, bias];
  return withGradient<tf.Tensor4D>(inputIsData ? learned : [x, ...learned], {
    forward: () => ({
      value: runOp('MckdConv2d', [FLOAT], [x, ...learned])[0],
      saved: [x, weight],
    }),
    backward: (dy, saved) => {
      const gradients = runOp('MckdConv2dGrad', attributes, [dy, ...saved], 3);
      return inputIsData ? gradients.slice(1) : gradients;
    },
  });
}

export interface MaxPool2dOptions {
  size: number;
  stride: number;
  /** ReLU after it. */
  activate?: boolean;
}

/** Maximum over squares, without padding. x [N, H, W, C] -> [N, (H - size) / stride + 1, ..., C]. */
export function maxPool2d(
  x: tf.Tensor4D,
  { size, stride, activate = false }: MaxPool2dOptions,
): tf.Tensor4D {
  if (!nativeKernels2d()) {
    return withRelu(activate, () => tf.maxPool(x, size, stride, 'valid'));
  }
  // For processors: lib/native/max-pool2d.cc.
  const square: OpAttribute[] = [
    FLOAT,
    { name: 'size_and_stride', type: 'int', value: [size, stride] },
  ];
  const relued: OpAttribute = { name: 'activate', type: 'bool', value: activate };
  const shape: OpAttribute = { name: 'shape', type: 'int', value: x.shape };
  return withGradient<tf.Tensor4D>([x], {
    forward: (inputs) => {
      const [value, taps] = runOp('MckdMaxPool2d', [...square, relued], inputs, 2);
      return { value, saved: [taps] };
    },
    backward: (dy, [taps]) => runOp('MckdMaxPool2dGrad', [...square, shape], [dy, taps]),
  });
}

const BATCH_NORM_EPSILON = 1e-5;
const BATCH_NORM_MOMENTUM = 0.1;

/** Scale and shift of a batch norm: 1 and 0, as PyTorch starts them. */
export function batchNormParameters(name: string, channels: number): Parameters {
  return {
    [`${name}.weight`]: constantVariable([channels], 1),
    [`${name}.bias`]: constantVariable([channels], 0),
  };
}

/** Running statistics of a batch norm: not trained, but part of a checkpoint. */
export function batchNormStatistics(name: string, channels: number): Parameters {
  return {
    [`${name}.running_mean`]: constantVariable([channels], 0),
    [`${name}.running_var`]: constantVariable([channels], 1),
  };
}

function fusedAttributes(training: boolean): OpAttribute[] {
  return [
    FLOAT,
    { name: 'U', type: 'type', value: 'float32' },
    { name: 'epsilon', type: 'float', value: BATCH_NORM_EPSILON },
    { name: 'data_format', type: 'string', value: 'NHWC' },
    { name: 'is_training', type: 'bool', value: training },
  ];
}

export interface BatchNormOptions {
  /** ReLU after it. */
  activate?: boolean;
  /** The running statistics do not move. */
  keepStatistics?: boolean;
}

/**
 * Batch norm over N, H, W with the batch's own statistics, as in training:
 * y = gamma (x - mean) / sqrt(var + 1e-5) + beta. x [N, H, W, C].
 * The running statistics move by a tenth towards the batch's (unbiased variance, as PyTorch).
 */
export function batchNormTraining(
  parameters: NamedTensors,
  statistics: Parameters,
  name: string,
  x: tf.Tensor4D,
  { activate = false, keepStatistics = false }: BatchNormOptions = {},
): tf.Tensor4D {
  const affine: [tf.Tensor, tf.Tensor] = [parameters[`${name}.weight`], parameters[`${name}.bias`]];
  const running = [statistics[`${name}.running_mean`], statistics[`${name}.running_var`]];
  const note = (...batch: tf.Tensor[]): void => {
    if (!keepStatistics) moveTowards(running, batch);
  };
  // TensorFlow's fused norm has no double precision.
  if (nativeKernels2d() || isDouble()) {
    return normalise(x, {
      epsilon: BATCH_NORM_EPSILON,
      bySample: false,
      scaleAndShift: affine,
      slope: activate ? 0 : 1,
      onStatistics: note,
    });
  }
  return withRelu(activate, () => fusedBatchNorm(x, affine, note));
}

/** For GPUs: one op of TensorFlow each way. */
function fusedBatchNorm(
  x: tf.Tensor4D,
  affine: [tf.Tensor, tf.Tensor],
  note: (mean: tf.Tensor, variance: tf.Tensor) => void,
): tf.Tensor4D {
  return withGradient<tf.Tensor4D>([x, ...affine], {
    forward: ([input, scale, offset]) => {
      const empty = tf.tensor1d([]);
      const [value, mean, variance, ...reserves] = runOp(
        'FusedBatchNormV3',
        [...fusedAttributes(true), { name: 'exponential_avg_factor', type: 'float', value: 1 }],
        [input, scale, offset, empty, empty],
        6,
      );
      note(mean, variance);
      return { value, saved: [input, scale, ...reserves] };
    },
    backward: (dy, saved) =>
      runOp('FusedBatchNormGradV3', fusedAttributes(true), [dy, ...saved], 5).slice(0, 3),
  });
}

/** Moves each variable by a tenth towards its tensor. */
function moveTowards(running: tf.Variable[], batch: tf.Tensor[]): void {
  const share = BATCH_NORM_MOMENTUM;
  tf.tidy(() => {
    const moved = nativeKernels2d()
      ? runOp(
          'MckdMoveTowards',
          [
            FLOAT,
            { name: 'N', type: 'int', value: running.length },
            { name: 'share', type: 'float', value: share },
          ],
          [...running, ...batch],
          running.length,
        )
      : running.map((from, i) => tf.add(from, tf.mul(tf.sub(batch[i], from), share)));
    running.forEach((variable, i) => variable.assign(moved[i]));
  });
}

/** Batch norm with the running statistics, as at test. x [N, H, W, C]. */
export function batchNormInference(
  parameters: NamedTensors,
  statistics: NamedTensors,
  name: string,
  x: tf.Tensor4D,
  { activate = false }: BatchNormOptions = {},
): tf.Tensor4D {
  const channels = [
    statistics[`${name}.running_mean`],
    statistics[`${name}.running_var`],
    parameters[`${name}.bias`],
    parameters[`${name}.weight`],
  ] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
  return withRelu(activate, () => {
    if (!isDouble()) return tf.batchNorm(x, ...channels, BATCH_NORM_EPSILON);
    // Of this rank tfjs composes it; TensorFlow's fused norm has no double precision.
    const [mean, variance, offset, scale] = channels.map((c) => tf.reshape(c, [1, 1, 1, -1]));
    const wide = [mean, variance, offset, scale] as tf.Tensor4D[];
    return tf.batchNorm(x, wide[0], wide[1], wide[2], wide[3], BATCH_NORM_EPSILON);
  });
}
