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
import { FLOAT, nativeKernels, runOp, type OpAttribute } from './kernels';

export interface Normalisation {
  /** Added to the variance. */
  epsilon: number;
  /** Places are those of one sample (all axes but the first and the last), or of the whole of x (all but the last). */
  bySample: boolean;
  /** Variance with n - 1. Default: n. */
  unbiased?: boolean;
  /** gamma and beta, [C] each. */
  scaleAndShift?: [gamma: tf.Tensor, beta: tf.Tensor];
  /** Added after scale and shift, in the shape of x. */
  plus?: tf.Tensor;
  /** What the activation multiplies negative values by; 1 (the default): no activation. */
  slope?: number;
  /** Called with mean and variance (with n - 1), [C] each, by sample [N, C]; they are disposed of afterwards. */
  onStatistics?: (mean: tf.Tensor, variance: tf.Tensor) => void;
}

/** x [N, ..., C] -> the same shape. The caller disposes of it. */
export function normalise<T extends tf.Tensor>(x: T, normalisation: Normalisation): T {
  const { scaleAndShift = [], plus, unbiased = false, slope = 1 } = normalisation;
  const settings: Settings = { ...normalisation, unbiased, slope };
  const inputs = [x, ...scaleAndShift, ...(plus ? [plus] : [])];
  return withGradient<T>(inputs, nativeKernels() ? native(settings) : composed(settings));
}

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
