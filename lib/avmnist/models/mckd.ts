/**
 * MCKD, and the same network without distillation and with equal weights: they differ only in the distillation
 * term.
 */
import { AV_MODALITIES } from '../../config';
import {
  disposeImportance,
  fillMissing,
  importanceWeights,
  initImportance,
  pairwiseDistillation,
  readWeights,
  runMetaStep,
  teacherStudentRatios,
  type Importance,
} from '../../mckd';
import * as model from '../../models/audio-visual';
import { crossEntropy } from '../../nn/losses';
import { tf } from '../../nn/tf';
import { bothEncoders, encode, scarceAtTest, taskLoss } from './features';
import type { AvInput, ClassificationModel } from './model';

/** Logits of features projected to one size; missing ones are filled. */
function classify(
  { network, config, batch: { available, tensors }, mode }: AvInput,
  features: readonly tf.Tensor[],
): tf.Tensor2D {
  const filled = fillMissing(features, available, tensors) as tf.Tensor2D[];
  return model.classifyFused(network, filled, config.headDropout, mode);
}

const fused = {
  ...scarceAtTest,
  network: ({ featureSize, hiddenSize }, stream) =>
    bothEncoders(stream, {
      ...model.projectionParameters(featureSize, stream),
      ...model.fusionParameters(featureSize, featureSize, hiddenSize, stream),
    }),
  logits: (input) => classify(input, encode(input.network, input.batch, true, input.mode)),
} satisfies Omit<ClassificationModel, 'name' | 'loss'>;

export const noDistillation: ClassificationModel = {
  ...fused,
  name: 'noDistillation',
  loss: taskLoss(fused.logits),
};

/** L = L_CE + alpha L_KD; without importance weights every ratio is 1. */
const distilled: ClassificationModel<Importance | undefined>['loss'] = (input) => {
  const { network, config, batch, labels, mode, state } = input;
  const features = encode(network, batch, true, mode);
  const task = crossEntropy(classify(input, features), labels);
  const ratios = state
    ? teacherStudentRatios(importanceWeights(state, config.importance))
    : tf.ones<tf.Rank.R2>([2, 2]);
  const overBatch = pairwiseDistillation(
    features,
    batch.available,
    ratios,
    config.distance,
    batch.tensors,
  );
  const complete = batch.available.filter((has) => has.every(Boolean)).length;
  const distillation =
    config.distillationMean === 'batch' || complete === 0
      ? overBatch
      : (tf.mul(overBatch, batch.available.length / complete) as tf.Scalar);
  const total = tf.add(task, tf.mul(distillation, config.distillationWeight)) as tf.Scalar;
  return { total, parts: { task, distillation } };
};

export const equalWeights: ClassificationModel<undefined> = {
  ...fused,
  name: 'equalWeights',
  loss: distilled,
};

export const mckd: ClassificationModel<Importance> = {
  ...fused,
  name: 'mckd',
  loss: distilled,
  state: {
    create: ({ importance }, stream) => initImportance(AV_MODALITIES.length, importance, stream),
    dispose: disposeImportance,
    weights: (state, { importance }) => readWeights(state, importance),
    variables: ({ theta, adam, velocity }) =>
      [theta, adam.firstMoment, adam.secondMoment, velocity].flatMap(Object.values<tf.Variable>),
  },
  /** Some steps of theta_w on the complete held-out pairs. */
  between: (input) => {
    const { network, config, batch, labels, mode, state, steps } = input;
    const features = encode(network, batch, true, mode);
    const taskLoss = (weighted: tf.Tensor[]): tf.Scalar =>
      crossEntropy(classify(input, weighted), labels);
    for (let step = 0; step < config.importance.stepsPerEvent; step++) {
      runMetaStep(steps, state, config.importance, {
        signature: 'meta step',
        inputs: [...features, labels],
        variables: Object.values(network.parameters),
        loss: () => ({ features, taskLoss }),
      });
    }
  },
};
