/**
 * MCKD, the method of arXiv 2405.07155, for any encoders and any task.
 *
 * M modalities (four MRI contrasts; or image and speech) are encoded one by one into features
 * f_1 .. f_M of one size. Some modalities are more informative than others, and any of them can be
 * absent. MCKD
 *
 *   1. learns how important each modality is, on held-out data                (meta step)
 *   2. pulls the features of the less important towards those of the more     (distillation)
 *   3. fills an absent feature with the mean of the available ones            (filling)
 *
 * so that at test the absence of the best modality costs less. Everything below takes features
 * [N, ...] per modality and, for each sample, the available modalities; it is independent of the networks.
 * Every function returns tensors that the caller disposes of (or a tidy around it does).
 */
import type { DistillationDistance, ImportanceConfig, WeightNormalisation } from './config';
import { UserError } from './base/errors';
import { openSteps, type Steps } from './graph/steps';
import { runTrainingStep, type TrainingStep } from './graph/training-step';
import { absolute, softmax } from './nn/elementwise';
import { stopGradient, valueAndGradients, type ValueAndGradients } from './nn/gradients';
import { disposeAll, type Parameters } from './nn/parameters';
import {
  adamRates,
  countAdamStep,
  disposeAdam,
  initAdam,
  moveByAdam,
  type AdamState,
} from './nn/adam';
import { initSgd, sgdStep, type SgdState } from './nn/sgd';
import type { RandomStream } from './base/random';
import { tf } from './nn/tf';

/** available[n][m]: whether sample n has modality m. Each sample has at least one. */
export type Availability = readonly (readonly boolean[])[];

/** An availability as tensors, for a step that runs as one function for any samples: they are inputs of it then. */
export interface AvailabilityTensors {
  /** 1 where a sample has the modality, 0 where it hasn't; [N] each. */
  has: readonly tf.Tensor1D[];
  /** 1 / how many modalities a sample has, [N]. */
  share: tf.Tensor1D;
}

/** The caller disposes of them (or a tidy around does). */
export function availabilityTensors(available: Availability): AvailabilityTensors {
  return {
    has: available[0].map((_, m) => tf.tensor1d(available.map((row) => Number(row[m])))),
    share: tf.tensor1d(available.map((row) => 1 / row.filter(Boolean).length)),
  };
}

/** What of an availability decides how many ops are made of it: does none, some or every sample have one, or both? */
export function availabilityKind(available: Availability): string {
  const modalities = available[0].map((_, m) => m);
  const kind = (of: readonly boolean[]): string =>
    of.includes(true) ? (of.includes(false) ? 'some' : 'all') : 'none';
  const pairs = modalities.flatMap((i) => modalities.slice(i).map((j) => [i, j]));
  return pairs.map(([i, j]) => kind(available.map((row) => row[i] && row[j]))).join(' ');
}

// ---------------------------------------------------------------- 1. importance weights

/** theta_w, one number per modality, and the state of its optimizer: Adam's or SGD's. */
export interface Importance {
  theta: Parameters;
  adam: AdamState;
  velocity: SgdState;
}

/** The name of theta_w among the parameters, as in the authors' checkpoints. */
export const IMPORTANCE_NAME = 'kd_weights.kd_weights';

/** theta_w ~ U(0, 1), the authors' initialisation, or all ones. Dispose of it with `disposeImportance`. */
export function initImportance(
  modalities: number,
  { initial }: Pick<ImportanceConfig, 'initial'>,
  stream: RandomStream,
): Importance {
  const start = Array.from({ length: modalities }, () =>
    initial === 'random' ? stream.uniform() : 1,
  );
  const theta = { [IMPORTANCE_NAME]: tf.tidy(() => tf.variable(tf.tensor1d(start))) };
  return { theta, adam: initAdam(theta), velocity: initSgd(theta) };
}

export function disposeImportance(importance: Importance): void {
  disposeAll(importance.theta);
  disposeAdam(importance.adam);
  disposeAll(importance.velocity);
}

const NORMALISE: Record<WeightNormalisation, (theta: tf.Tensor1D) => tf.Tensor1D> = {
  softmax,
  sigmoid: (theta) => tf.sigmoid(theta),
  raw: (theta) => tf.clone(theta),
};

/**
 * The importance weight of each modality, [M]: w = softmax(theta_w), which sum to 1, or, by the config,
 * sigmoid(theta_w) or theta_w unnormalised, which need not sum to 1.
 */
export function importanceWeights(
  { theta }: Importance,
  { normalisation }: Pick<ImportanceConfig, 'normalisation'>,
): tf.Tensor1D {
  return NORMALISE[normalisation](theta[IMPORTANCE_NAME] as tf.Tensor1D);
}

/** The importance weights as numbers. */
export function readWeights(
  importance: Importance,
  config: Pick<ImportanceConfig, 'normalisation'>,
): number[] {
  return tf.tidy(() => Array.from(importanceWeights(importance, config).dataSync()));
}

/** Decodes weighted features and computes the task loss: a scalar. */
export type TaskLoss = (weighted: tf.Tensor[]) => tf.Scalar;

/**
 * The task loss with weighted features, and its gradient with respect to theta_w:
 *
 *   L_meta(theta_w) = L_task( decode(w_1 f_1, ..., w_M f_M) ),   and dL_meta / dtheta_w
 *
 * @param features f_m [N, ...] of held-out samples; they stay the caller's
 * @returns loss and gradient; the caller disposes of both
 */
export function metaGradient(
  importance: Importance,
  config: Pick<ImportanceConfig, 'normalisation'>,
  features: readonly tf.Tensor[],
  taskLoss: TaskLoss,
): ValueAndGradients {
  return valueAndGradients(
    () => metaLoss(importance, config, features, taskLoss),
    importance.theta,
  );
}

function metaLoss(
  importance: Importance,
  config: Pick<ImportanceConfig, 'normalisation'>,
  features: readonly tf.Tensor[],
  taskLoss: TaskLoss,
): tf.Scalar {
  const w = tf.unstack(importanceWeights(importance, config));
  return taskLoss(features.map((f, m) => tf.mul(f, w[m])));
}

/** Of the SGD line that the authors' code has commented out. */
const SGD = { momentum: 0.99, nesterov: true };

/**
 * The meta step: one step of theta_w on held-out data.
 *
 *   theta_w <- Adam(theta_w, dL_meta / dtheta_w),   or SGD's step
 *
 * A modality whose feature helps the task gets a larger weight. Features and decoder are constants
 * here: only theta_w moves, and no gradient passes through an update of the network (first order).
 *
 * @returns L_meta before the step
 * @throws UserError where loss or gradient is not finite, before theta_w moves
 */
export function metaStep(
  importance: Importance,
  config: ImportanceConfig,
  features: readonly tf.Tensor[],
  taskLoss: TaskLoss,
): number {
  return runMetaStep(openSteps({ expected: 1 }), importance, config, {
    ...{ signature: 'meta step', inputs: features, variables: [] },
    loss: () => ({ features, taskLoss }),
  });
}

/** The meta step with what comes before it, to be run as one function. */
export interface MetaStep extends Pick<TrainingStep, 'signature' | 'inputs'> {
  /** Those that `loss` reads. */
  variables: readonly tf.Variable[];
  /** The features of held-out samples, and what is computed from them. In a tidy. */
  loss: () => { features: readonly tf.Tensor[]; taskLoss: TaskLoss };
}

/** `metaStep` as one of `steps`; what it returns and throws is the same. */
export function runMetaStep(
  steps: Steps,
  importance: Importance,
  config: ImportanceConfig,
  { signature, inputs, variables, loss }: MetaStep,
): number {
  const { theta, adam, velocity } = importance;
  const { optimizer, learningRate, weightDecay } = config;
  const isAdam = optimizer === 'adam';
  const rates = isAdam ? adamRates(adam, learningRate) : undefined;
  try {
    const { losses, moved, wrong } = runTrainingStep(steps, {
      signature,
      inputs: [...inputs, ...(rates?.rates ?? [])],
      variables: [
        ...variables,
        ...[theta, adam.firstMoment, adam.secondMoment, velocity].flatMap(
          Object.values<tf.Variable>,
        ),
      ],
      parameters: theta,
      loss: () => {
        const { features, taskLoss } = loss();
        return () => {
          const total = metaLoss(importance, config, features, taskLoss);
          return { total, parts: { [META_LOSS]: total } };
        };
      },
      update: (gradients) => {
        if (rates) moveByAdam(theta, gradients, adam, rates, { weightDecay });
        else sgdStep(theta, gradients, velocity, learningRate, { ...SGD, weightDecay });
      },
    });
    if (wrong)
      throw new UserError(`${wrong.field} is ${wrong.value}`, { code: 'NOT_FINITE', ...wrong });
    if (isAdam) countAdamStep(adam, moved);
    return losses[META_LOSS];
  } finally {
    tf.dispose([...(rates?.rates ?? [])]);
  }
}

const META_LOSS = 'the meta loss';

// ---------------------------------------------------------------- 2. distillation

/** r_ij = w_i / w_j, [M teachers, M students]: an important teacher pulls a less important student hard. */
export function teacherStudentRatios(weights: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => tf.div(tf.expandDims(weights, 1), tf.expandDims(weights, 0)) as tf.Tensor2D);
}

const DISTANCE: Record<DistillationDistance, (difference: tf.Tensor) => tf.Tensor> = {
  L1: (difference) => absolute(difference),
  MSE: (difference) => tf.square(difference),
};

/**
 * Pairwise distillation between the modalities that a sample has:
 *
 *   L_KD = 1/N sum_n sum_{i != j, both available} (w_i / w_j) * mean | stop(f_i) - f_j |
 *
 * The mean is over channels and space. Teacher f_i and ratio are constants (stop-gradient): only
 * students learn. A sample with one modality has no pair and adds nothing.
 *
 * @param ratios r_ij of `teacherStudentRatios`, or all ones for equal weights; [M, M]
 * @param tensors of `available`; default: made here
 * @returns a scalar
 */
export function pairwiseDistillation(
  features: readonly tf.Tensor[],
  available: Availability,
  ratios: tf.Tensor2D,
  distance: DistillationDistance = 'L1',
  tensors?: AvailabilityTensors,
): tf.Scalar {
  return tf.tidy(() => {
    const { has } = tensors ?? availabilityTensors(available);
    const terms: tf.Tensor[] = [];
    const r = tf.unstack(tf.reshape(stopGradient(ratios), [-1]));
    for (const [i, j] of orderedPairs(features.length)) {
      const both = available.map((row) => row[i] && row[j]);
      if (!both.includes(true)) continue;
      const difference = tf.sub(stopGradient(features[i]), features[j]);
      const perSample = tf.mean(
        tf.reshape(DISTANCE[distance](difference), [available.length, -1]),
        1,
      );
      const sum = both.includes(false)
        ? tf.dot(perSample as tf.Tensor1D, tf.mul(has[i], has[j]))
        : tf.sum(perSample);
      terms.push(tf.mul(sum, r[i * features.length + j]));
    }
    return terms.length === 0
      ? tf.scalar(0)
      : (tf.div(tf.addN(terms), available.length) as tf.Scalar);
  });
}

function orderedPairs(modalities: number): [teacher: number, student: number][] {
  const all = Array.from({ length: modalities }, (_, m) => m);
  return all.flatMap((i) => all.filter((j) => j !== i).map((j): [number, number] => [i, j]));
}

// ---------------------------------------------------------------- 3. filling

/**
 * Fills absent features: f_m := mean over the sample's available modalities of f_k.
 * Available features pass unchanged; the gradient flows through the mean.
 *
 * @param features f_m [N, ...]; rows of absent modalities may hold anything finite
 * @param tensors of `available`; default: made here
 */
export function fillMissing(
  features: readonly tf.Tensor[],
  available: Availability,
  tensors?: AvailabilityTensors,
): tf.Tensor[] {
  return tf.tidy(() => {
    if (available.every((row) => row.every(Boolean))) return features.map((f) => f.clone());
    const ones = features[0].shape.slice(1).map(() => 1);
    const column = (values: tf.Tensor1D): tf.Tensor =>
      tf.reshape(values, [available.length, ...ones]);
    const given = tensors ?? availabilityTensors(available);
    const has = given.has.map(column);
    const present = column(given.share);
    const mean = tf.mul(tf.addN(features.map((f, m) => tf.mul(f, has[m]))), present);
    return features.map((f, m) =>
      available.every((row) => row[m])
        ? f.clone()
        : tf.add(tf.mul(f, has[m]), tf.mul(mean, tf.sub(1, has[m]))),
    );
  });
}
