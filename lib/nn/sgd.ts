/** SGD as a pair {init, update}; its state is kept as Adam's is (`adam.ts`), and for the same reasons. */
import { tf } from './tf';
import { assignFlat, flat } from './flat-groups';
import { FLOAT, kernels, nativeKernels, runOp } from './kernels';
import type { Optimizer } from './optimizer';
import { constantVariable, type NamedTensors, type Parameters } from './parameters';

export interface SgdOptions {
  momentum: number;
  nesterov: boolean;
  /** L2 penalty, added to the gradient. */
  weightDecay?: number;
}

/** The velocity of each parameter, in its shape. */
export type SgdState = Parameters;

/** Zero velocities for every parameter. The caller disposes of them with `disposeAll`. */
export function initSgd(parameters: NamedTensors): SgdState {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, p]) => [name, constantVariable(p.shape, 0)]),
  );
}

/**
 * One step of SGD with momentum as torch.optim.SGD does it, in place:
 *
 *   g <- g + decay * p,   v <- mu v + g,   p <- p - lr (g + mu v)  with Nesterov,   p <- p - lr v  without
 *
 * Parameters that are not in `gradients` keep their values and velocities. Small ones, on a GPU all, are
 * updated together. The gradients stay the caller's to dispose of.
 */
export function sgdStep(
  parameters: Parameters,
  gradients: NamedTensors,
  velocity: SgdState,
  learningRate: number | tf.Scalar,
  options: SgdOptions,
): void {
  const names = Object.keys(gradients);
  const most = kernels() === 'fused' ? Infinity : SMALL;
  const small = names.filter((name) => parameters[name].size <= most);
  const groups = [...names.filter((name) => !small.includes(name)).map((name) => [name]), small];
  const step = nativeKernels() ? nativeSgd : composedSgd;
  for (const group of groups.filter(({ length }) => length > 0)) {
    tf.tidy(() => step(group, parameters, gradients, velocity, learningRate, options));
  }
}

type SgdGroup = (
  names: string[],
  parameters: Parameters,
  gradients: NamedTensors,
  velocity: SgdState,
  learningRate: number | tf.Scalar,
  options: SgdOptions,
) => void;

/** For processors: one op for all of the group, lib/native/sgd.cc. */
const nativeSgd: SgdGroup = (names, parameters, gradients, velocity, learningRate, options) => {
  const stepped = runOp(
    'MckdSgd',
    [
      FLOAT,
      { name: 'N', type: 'int', value: names.length },
      { name: 'momentum', type: 'float', value: options.momentum },
      { name: 'weight_decay', type: 'float', value: options.weightDecay ?? 0 },
      { name: 'nesterov', type: 'bool', value: options.nesterov },
    ],
    [
      ...[parameters, gradients, velocity].flatMap((tensors) => names.map((name) => tensors[name])),
      typeof learningRate === 'number' ? tf.scalar(learningRate) : learningRate,
    ],
    2 * names.length,
  );
  names.forEach((name, i) => {
    parameters[name].assign(stepped[i]);
    velocity[name].assign(stepped[names.length + i]);
  });
};

/** Composed of TensorFlow's ops; a group of several is concatenated. */
const composedSgd: SgdGroup = (names, parameters, gradients, velocity, learningRate, options) => {
  const { momentum, nesterov, weightDecay = 0 } = options;
  const together = names.length > 1;
  const of = (tensors: NamedTensors): tf.Tensor =>
    together ? flat(names, tensors) : tensors[names[0]];
  const put = (variables: Parameters, values: tf.Tensor): void =>
    together ? assignFlat(names, variables, values) : variables[names[0]].assign(values);
  const p = of(parameters);
  const g = weightDecay ? tf.add(of(gradients), tf.mul(p, weightDecay)) : of(gradients);
  const v = tf.add(tf.mul(of(velocity), momentum), g);
  const direction = nesterov ? tf.add(tf.mul(v, momentum), g) : v;
  put(parameters, tf.sub(p, tf.mul(direction, learningRate)));
  put(velocity, v);
};

export function sgdOptimizer(options: SgdOptions): Optimizer {
  return {
    create: (parameters) => ({ slots: { velocity: initSgd(parameters) }, counts: {} }),
    rates: (_, learningRate) => ({ signature: 'sgd', tensors: [tf.scalar(learningRate)] }),
    step: (parameters, gradients, { slots: { velocity } }, { tensors }) =>
      sgdStep(parameters, gradients, velocity, tensors[0] as tf.Scalar, options),
  };
}

/** Parameters up to this size are updated together. */
const SMALL = 1 << 14;
