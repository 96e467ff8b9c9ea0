/**
 * Adam as a pair {init, update}, with the state as plain named data; SGD is in `sgd.ts`.
 *
 * tfjs's own keep their slots by position and drop variables without a gradient, so a branch that is
 * skipped (a missing modality) can shift another's moments; they also have no weight decay. Here the
 * state is kept by parameter name and a parameter without a gradient is left exactly as it is, as
 * PyTorch leaves it.
 */
import { tf } from './tf';
import { assignFlat, flat } from './flat-groups';
import { FLOAT, nativeKernels, runOp, type OpAttribute } from './kernels';
import type { Optimizer, OptimizerState } from './optimizer';
import { constantVariable, disposeAll, type NamedTensors, type Parameters } from './parameters';

export interface AdamOptions {
  /** Decay of the mean of gradients and of their squares. */
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** L2 penalty, added to the gradient: torch.optim.Adam's, not AdamW's. */
  weightDecay?: number;
  /** Divide by the largest v so far (Reddi et al. 2018). Default: false. */
  amsgrad?: boolean;
}

/** Moments and step count of each parameter; a moment is kept flat, [size of its parameter]. */
export interface AdamState {
  firstMoment: Parameters;
  secondMoment: Parameters;
  /** With `amsgrad`: the largest second moments so far. */
  largestSecondMoment?: Parameters;
  steps: Record<string, number>;
}

/** Zero moments for every parameter. The caller disposes of it with `disposeAdam`. */
export function initAdam(
  parameters: NamedTensors,
  { amsgrad = false }: Pick<AdamOptions, 'amsgrad'> = {},
): AdamState {
  const zeros = (): Parameters =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, p]) => [name, constantVariable([p.size], 0)]),
    );
  return {
    firstMoment: zeros(),
    secondMoment: zeros(),
    ...(amsgrad ? { largestSecondMoment: zeros() } : {}),
    steps: Object.fromEntries(Object.keys(parameters).map((name) => [name, 0])),
  };
}

export function disposeAdam(state: AdamState): void {
  disposeAll(state.firstMoment);
  disposeAll(state.secondMoment);
  disposeAll(state.largestSecondMoment ?? {});
}

/** What of Adam's next step hangs on how many there were. */
export interface AdamRates {
  /** Names of the parameters that have one t each. */
  groups: readonly (readonly string[])[];
  /** lr / (1 - b1^t) and 1 / sqrt(1 - b2^t) of each group, [2]. */
  rates: readonly tf.Tensor1D[];
}

/** The caller disposes of the rates. */
export function adamRates(
  { steps }: AdamState,
  learningRate: number,
  { beta1 = BETA_1, beta2 = BETA_2 }: AdamOptions = {},
): AdamRates {
  const groups = groupsBySteps(steps);
  return {
    groups,
    rates: groups.map(([name]) => {
      const t = steps[name] + 1;
      return tf.tensor1d([learningRate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)]);
    }),
  };
}

/** Names with the same count, in the order of their first. */
function groupsBySteps(steps: Readonly<Record<string, number>>): string[][] {
  const groups = new Map<number, string[]>();
  for (const [name, t] of Object.entries(steps)) {
    const group = groups.get(t);
    if (group) group.push(name);
    else groups.set(t, [name]);
  }
  return [...groups.values()];
}

/**
 * One step of Adam (Kingma & Ba 2015, Algorithm 1), in place:
 *
 *   g <- g + decay * p,   m <- b1 m + (1-b1) g,   v <- b2 v + (1-b2) g^2
 *   p <- p - lr * (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)
 *
 * With `amsgrad` the largest v so far stands for v in the last line.
 *
 * Parameters that are not in `gradients` keep their values, moments and t. Those with
 * the same t are updated together.
 * The gradients stay the caller's to dispose of.
 */
export function adamStep(
  parameters: Parameters,
  gradients: NamedTensors,
  state: AdamState,
  learningRate: number,
  options: AdamOptions = {},
): void {
  const rates = adamRates(state, learningRate, options);
  moveByAdam(parameters, gradients, state, rates, options);
  countAdamStep(state, Object.keys(gradients));
  tf.dispose([...rates.rates]);
}

/** `adamStep` without its counting: parameters and moments alone. */
export function moveByAdam(
  parameters: Parameters,
  gradients: NamedTensors,
  state: AdamState,
  { groups, rates }: AdamRates,
  options: AdamOptions = {},
): void {
  const { beta1 = BETA_1, beta2 = BETA_2, epsilon = 1e-8, weightDecay = 0 } = options;
  const settings = { beta1, beta2, epsilon, weightDecay };
  const step = nativeKernels() && !state.largestSecondMoment ? nativeAdam : composedAdam;
  groups.forEach((group, i) => {
    const names = group.filter((name) => name in gradients);
    if (names.length === 0) return;
    tf.tidy(() => step(names, parameters, gradients, state, { ...settings, rates: rates[i] }));
  });
}

/** The parameters have been moved once more. */
export function countAdamStep({ steps }: AdamState, names: readonly string[]): void {
  for (const name of names) steps[name] += 1;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;

interface AdamSettings extends Required<Omit<AdamOptions, 'amsgrad'>> {
  /** As in `AdamRates`. */
  rates: tf.Tensor1D;
}

type AdamGroup = (
  names: string[],
  parameters: Parameters,
  gradients: NamedTensors,
  state: AdamState,
  settings: AdamSettings,
) => void;

/** For processors: one op for all of the group, lib/native/adam.cc. */
const nativeAdam: AdamGroup = (names, parameters, gradients, state, settings) => {
  const { firstMoment, secondMoment } = state;
  const number = (name: string, value: number): OpAttribute => ({ name, type: 'float', value });
  const stepped = runOp(
    'MckdAdam',
    [
      FLOAT,
      { name: 'N', type: 'int', value: names.length },
      number('beta1', settings.beta1),
      number('beta2', settings.beta2),
      number('epsilon', settings.epsilon),
      number('weight_decay', settings.weightDecay),
    ],
    [
      ...[parameters, gradients, firstMoment, secondMoment].flatMap((tensors) =>
        names.map((name) => tensors[name]),
      ),
      settings.rates,
    ],
    3 * names.length,
  );
  [parameters, firstMoment, secondMoment].forEach((variables, k) =>
    names.forEach((name, i) => variables[name].assign(stepped[k * names.length + i])),
  );
};

/** Composed of TensorFlow's ops, the group concatenated. */
const composedAdam: AdamGroup = (names, parameters, gradients, state, settings) => {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const [rate, scale] = tf.unstack(settings.rates);
  const p = flat(names, parameters);
  const g = tf.add(flat(names, gradients), tf.mul(p, weightDecay));
  const m = tf.add(tf.mul(flat(names, state.firstMoment), beta1), tf.mul(g, 1 - beta1));
  const v = tf.add(tf.mul(flat(names, state.secondMoment), beta2), tf.mul(tf.square(g), 1 - beta2));
  const { largestSecondMoment } = state;
  const largest = largestSecondMoment && tf.maximum(flat(names, largestSecondMoment), v);
  const denominator = tf.add(tf.mul(tf.sqrt(largest ?? v), scale), epsilon);
  assignFlat(names, parameters, tf.sub(p, tf.mul(tf.div(m, denominator), rate)));
  if (largestSecondMoment) assignFlat(names, largestSecondMoment, largest!);
  assignFlat(names, state.firstMoment, m);
  assignFlat(names, state.secondMoment, v);
};

export function adamOptimizer(options: AdamOptions): Optimizer {
  const stateOf = ({ slots, counts }: OptimizerState): AdamState => ({
    firstMoment: slots.firstMoment,
    secondMoment: slots.secondMoment,
    largestSecondMoment: slots.largestSecondMoment,
    steps: counts,
  });
  return {
    create: (parameters) => {
      const { steps, ...slots } = initAdam(parameters, options);
      return { slots, counts: steps };
    },
    rates: (state, learningRate) => {
      const { groups, rates } = adamRates(stateOf(state), learningRate, options);
      return {
        signature: ['adam', ...groups.map((group) => group.join(' '))].join(', '),
        tensors: rates,
      };
    },
    step: (parameters, gradients, state, { tensors }) =>
      moveByAdam(
        parameters,
        gradients,
        stateOf(state),
        { groups: groupsBySteps(state.counts), rates: tensors as tf.Tensor1D[] },
        options,
      ),
  };
}

/**
 * Adam made anew before every step, as ACN's code has it: both moments are those of one gradient, whose bias corrections
 * leave p <- p - lr g / (|g| + epsilon), whatever the betas.
 * @param options.learningRate at all steps
 */
export function renewedAdamOptimizer({
  learningRate,
  epsilon = 1e-8,
}: { learningRate: number } & Pick<AdamOptions, 'epsilon'>): Optimizer {
  return {
    create: () => ({ slots: {}, counts: {} }),
    rates: () => ({ signature: 'renewed adam', tensors: [] }),
    step: (parameters, gradients) => {
      for (const [name, gradient] of Object.entries(gradients)) {
        tf.tidy(() => {
          const direction = tf.div(gradient, tf.add(tf.abs(gradient), epsilon));
          const p = parameters[name];
          p.assign(tf.sub(p as tf.Tensor, tf.mul(direction, learningRate)));
        });
      }
    },
  };
}
