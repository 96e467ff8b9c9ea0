/**
 * Subtract the mean, divide by the standard deviation, per channel: instance norm and weight standardisation, each as
 * one function with its closed-form gradient. With x^ = (x - mean) / s over n places, and g = d loss / dz before the
 * activation,
 *
 *   dx = gamma / s (g - mean(g) - x^ sum(g x^) / n),   dgamma = sum(g x^),   dbeta = sum(g)
 *
 * (n - 1 instead of n in the divisor, where the variance is the unbiased one).
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, kernels, runOp, type Kernels, type OpAttribute } from './kernels';

export interface Normalisation {
  /** Added to the variance. */
  epsilon: number;
  /** Places are those of one sample (all axes but the first and the last), or of the whole of x (all but the last). */
  bySample: boolean;
  /** Variance with n - 1. Default: n. */
  unbiased?: boolean;
  /** gamma and beta, [C] each; where norms are fused and by sample also [N, C], the same for all samples. */
  scaleAndShift?: [gamma: tf.Tensor, beta: tf.Tensor];
  /** Added after scale and shift, in the shape of x. */
  plus?: tf.Tensor;
  /** What the activation multiplies negative values by; 1 (the default): no activation. */
  slope?: number;
  /**
   * The places of a sample and channel may all be equal, and the variance 0. Then a mean that is off in its last digits,
   * as one op over many places gives it, would be divided by the root of epsilon. Not with
   * `onStatistics`.
   */
  maybeConstant?: boolean;
  /** Called with mean and variance (with n - 1), [C] each, by sample [N, C]; they are disposed of afterwards. */
  onStatistics?: (mean: tf.Tensor, variance: tf.Tensor) => void;
}

/** x [N, ..., C] -> the same shape. The caller disposes of it. */
export function normalise<T extends tf.Tensor>(x: T, normalisation: Normalisation): T {
  const { scaleAndShift = [], plus, unbiased = false, slope = 1 } = normalisation;
  const settings: Settings = { ...normalisation, unbiased, slope };
  const inputs = [x, ...scaleAndShift, ...(plus ? [plus] : [])];
  return withGradient<T>(inputs, WAYS[kernels()](settings));
}

const WAYS: Record<Kernels, (settings: Settings) => Gradient> = { native, fused, composed };

/** With defaults for what is left out. */
type Settings = Normalisation & Required<Pick<Normalisation, 'unbiased' | 'slope'>>;
type Gradient = Parameters<typeof withGradient>[1];

// One op each way, for processors: lib/native/normalise.cc.

function native(settings: Settings): Gradient {
  const { epsilon, bySample, unbiased, scaleAndShift, plus, slope, onStatistics } = settings;
  const attributes = (more: number): OpAttribute[] => [
    FLOAT,
    { name: 'epsilon', type: 'float', value: epsilon },
    { name: 'slope', type: 'float', value: slope },
    { name: 'by_sample', type: 'bool', value: bySample },
    { name: 'unbiased', type: 'bool', value: unbiased },
    { name: 'scaled', type: 'bool', value: Boolean(scaleAndShift) },
    { name: 'added', type: 'bool', value: Boolean(plus) },
    { name: 'M', type: 'int', value: more },
  ];
  return {
    forward: (inputs) => {
      const [x, gamma] = inputs;
      const op = attributes(inputs.length - 1);
      const [y, mean, inverse, variance] = runOp('MckdNormalise', op, inputs, 4);
      onStatistics?.(mean, variance);
      // Without an activation the gradient does not need y.
      const saved = [slope === 1 ? x : y, x, mean, inverse, ...(scaleAndShift ? [gamma] : [])];
      return { value: y, saved };
    },
    backward: (dy, saved) => {
      const inputs = [dy, ...saved];
      const more = scaleAndShift ? 1 : 0;
      const [dx, dgamma, dbeta, g] = runOp('MckdNormaliseGrad', attributes(more), inputs, 4);
      return [dx, ...(scaleAndShift ? [dgamma, dbeta] : []), ...(plus ? [g] : [])];
    },
  };
}

// One op of TensorFlow's each way, for GPUs: batch norm, samples beside the channels.

function fused(settings: Settings): Gradient {
  const { epsilon, bySample, unbiased, scaleAndShift, plus, slope, onStatistics } = settings;
  const { maybeConstant = false } = settings;
  const leaky: OpAttribute[] = [FLOAT, { name: 'alpha', type: 'float', value: slope }];
  const sizesOf = ({ shape, size }: tf.Tensor): { n: number; c: number; places: number } => {
    const [n, c] = [bySample ? shape[0] : 1, shape[shape.length - 1]];
    return { n, c, places: size / (n * c) };
  };
  // On a GPU TensorFlow transposes what has its channels last, so what is transposed here anyway puts them first.
  const apart = (x: tf.Tensor): boolean => bySample && x.shape[0] > 1;
  const fold = (x: tf.Tensor): tf.Tensor => {
    const { n, c, places } = sizesOf(x);
    if (!apart(x)) return tf.reshape(x, [1, 1, places, c]);
    return tf.reshape(tf.transpose(tf.reshape(x, [n, places, c]), [0, 2, 1]), [
      1,
      n * c,
      1,
      places,
    ]);
  };
  const unfold = (folded: tf.Tensor, like: tf.Tensor): tf.Tensor => {
    const { n, c, places } = sizesOf(like);
    if (!apart(like)) return tf.reshape(folded, like.shape);
    return tf.reshape(tf.transpose(tf.reshape(folded, [n, c, places]), [0, 2, 1]), like.shape);
  };
  /** With gamma = 1 / sqrt(bessel), for it is sqrt(bessel v + epsilon) = sqrt(bessel) sqrt(v + epsilon / bessel). */
  const besselFor = (x: tf.Tensor): number => (unbiased ? besselOf(sizesOf(x).places) : 1);
  const attributes = (x: tf.Tensor): OpAttribute[] => [
    FLOAT,
    { name: 'U', type: 'type', value: 'float32' },
    { name: 'epsilon', type: 'float', value: epsilon / besselFor(x) },
    { name: 'data_format', type: 'string', value: apart(x) ? 'NCHW' : 'NHWC' },
    { name: 'is_training', type: 'bool', value: true },
  ];
  const everywhere = (value: number, size: number): tf.Tensor =>
    tf.tensor1d(new Float32Array(size).fill(value));
  return {
    forward: (inputs) => {
      const [x] = inputs;
      const { n, c } = sizesOf(x);
      const [gamma, beta] = scaleAndShift
        ? inputs.slice(1, 3).map((tensor) => besideSamples(tensor, n))
        : [everywhere(1 / Math.sqrt(besselFor(x)), n * c), everywhere(0, n * c)];
      const folded = fold(maybeConstant ? fromFirstPlace(x) : x);
      const none = tf.tensor1d([]);
      // A factor of 1: mean and variance (with n - 1) are those of x alone.
      const factor: OpAttribute = { name: 'exponential_avg_factor', type: 'float', value: 1 };
      const [normal, mean, variance, ...reserved] = runOp(
        'FusedBatchNormV3',
        [...attributes(x), factor],
        [folded, gamma, beta, none, none],
        6,
      );
      const flat = bySample ? [n, c] : [c];
      onStatistics?.(tf.reshape(mean, flat), tf.reshape(variance, flat));
      const shifted = unfold(normal, x);
      const sum = plus ? tf.add(shifted, inputs[inputs.length - 1]) : shifted;
      const value = slope === 1 ? sum : runOp('LeakyRelu', leaky, [sum])[0];
      // Without an activation the gradient does not need y.
      return { value, saved: [slope === 1 ? folded : value, folded, gamma, ...reserved] };
    },
    backward: (dy, [y, ...saved]) => {
      const { n, c } = sizesOf(dy);
      const g = slope === 1 ? dy : runOp('LeakyReluGrad', leaky, [dy, y])[0];
      const inputs = [fold(g), ...saved];
      const [dx, dgamma, dbeta] = runOp('FusedBatchNormGradV3', attributes(dy), inputs, 5);
      const like = (gradient: tf.Tensor, { rank }: tf.Tensor): tf.Tensor => {
        const bySample = tf.reshape(gradient, [n, c]);
        if (rank === 2) return bySample;
        return n === 1 ? tf.reshape(gradient, [c]) : tf.sum(bySample, 0);
      };
      return [
        unfold(dx, dy),
        ...(scaleAndShift ? [dgamma, dbeta].map((d, i) => like(d, scaleAndShift[i])) : []),
        ...(plus ? [g] : []),
      ];
    },
  };
}

/** x minus its first place, by sample and channel: exactly 0 where all places are equal, and of the same variance. */
function fromFirstPlace(x: tf.Tensor): tf.Tensor {
  const first = x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1));
  return tf.sub(
    x,
    tf.slice(
      x,
      x.shape.map(() => 0),
      first,
    ),
  );
}

/** [C] or [N, C] -> [N C]. */
function besideSamples(tensor: tf.Tensor, samples: number): tf.Tensor {
  if (tensor.rank === 2) return tf.reshape(tensor, [-1]);
  return samples === 1 ? tensor : tf.tile(tensor, [samples]);
}

// The same of TensorFlow's ops.

function composed(settings: Settings): Gradient {
  const { epsilon, bySample, unbiased, scaleAndShift, plus, slope, onStatistics } = settings;
  const leaky: OpAttribute[] = [FLOAT, { name: 'alpha', type: 'float', value: slope }];
  /** x as [samples, D, H, W, C]. */
  const spread = (x: tf.Tensor): tf.Tensor =>
    bySample ? x : tf.reshape(x, [1, -1, 1, 1, x.shape[x.rank - 1]]);
  return {
    forward: (inputs) => {
      const x = spread(inputs[0]);
      const bessel = besselOf(placesOf(x));
      const mean = spaceMean(x);
      const centred = tf.sub(x, mean);
      const biased = spaceMean(tf.square(centred));
      const flat = bySample ? [x.shape[0], -1] : [-1];
      onStatistics?.(tf.reshape(mean, flat), tf.reshape(tf.mul(biased, bessel), flat));
      const variance = unbiased ? tf.mul(biased, bessel) : biased;
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const normal = tf.mul(centred, inverse);
      const [gamma, beta] = scaleAndShift ? inputs.slice(1) : [];
      const shifted = gamma ? tf.add(tf.mul(normal, gamma), beta) : normal;
      const added = plus ? tf.add(shifted, inputs[inputs.length - 1]) : shifted;
      const sum = tf.reshape(added, inputs[0].shape);
      const value = slope === 1 ? sum : runOp('LeakyRelu', leaky, [sum])[0];
      return { value, saved: [value, normal, inverse, ...(gamma ? [gamma] : [])] };
    },
    backward: (dy, [y, normal, inverse, gamma]) => {
      const g = slope === 1 ? dy : runOp('LeakyReluGrad', leaky, [dy, y])[0];
      const flat = spread(g);
      const mean = spaceMean(flat);
      const along = spaceMean(tf.mul(flat, normal));
      const correction = unbiased ? tf.mul(along, besselOf(placesOf(flat))) : along;
      const rest = tf.sub(tf.sub(flat, mean), tf.mul(normal, correction));
      const dx = tf.mul(rest, gamma ? tf.mul(inverse, gamma) : inverse);
      const overSamples = (means: tf.Tensor): tf.Tensor =>
        tf.mul(tf.sum(means, [0, 1, 2, 3]), placesOf(flat));
      return [
        tf.reshape(dx, dy.shape),
        ...(gamma ? [overSamples(along), overSamples(mean)] : []),
        ...(plus ? [g] : []),
      ];
    },
  };
}

function placesOf(x: tf.Tensor): number {
  return x.size / (x.shape[0] * x.shape[x.rank - 1]);
}

/** The factor that makes a variance over so many places unbiased. */
function besselOf(places: number): number {
  return places / (places - 1);
}

/**
 * Mean over D, H, W, one axis after the other: [N, D, H, W, C] -> [N, 1, 1, 1, C]. Over all at once, or a plane at
 * a time, TensorFlow adds so many numbers into one float32 that gradients which nearly cancel lose their digits,
 * and that the constant maps of an empty volume, divided by sqrt(1e-5), become noise.
 */
function spaceMean(x: tf.Tensor): tf.Tensor {
  return [3, 2, 1].reduce((y, axis) => (y.shape[axis] === 1 ? y : meanAlong(y, axis)), x);
}

/** Mean over one axis, which stays with size 1; tf.mean copies x first, to cast it to what it is. */
export function meanAlong(x: tf.Tensor, axis: number): tf.Tensor {
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: 'Tidx', type: 'type', value: 'int32' },
    { name: 'keep_dims', type: 'bool', value: true },
  ];
  return runOp('Mean', attributes, [x, tf.scalar(axis, 'int32')])[0];
}
