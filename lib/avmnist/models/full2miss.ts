/**
 * Full2miss (Shen and Gao 2019) for two modalities and classes: our reading. Published is the idea, for segmentation: channels
 * that are dropped in training, and features of the incomplete input made like those of the complete one by an adversary.
 * Layers, weights and schedule for this task are ours. An absent feature is zero; a complete pair passes twice, complete
 * and without its scarce modality; h is the hidden layer before dropout, D a discriminator:
 *
 *   L = CE + C/N CE(incomplete pass of the C complete pairs) + 0.1 MSE(h_incomplete, stop(h_complete))
 *       + 0.01 BCE(D(h_incomplete), "complete"),   L_D = BCE(D(h_complete), 1) + BCE(D(h_incomplete), 0)
 *
 * One step of each at once, by the same gradient step: each holds the other still.
 */
import { AV_MODALITIES } from '../../config';
import * as model from '../../models/audio-visual';
import { leakyRelu } from '../../nn/elementwise';
import { stopGradient } from '../../nn/gradients';
import { linear } from '../../nn/layers2d';
import { crossEntropy, weightedCrossEntropy } from '../../nn/losses';
import { linearParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { bothEncoders, encode, scarceAtTest } from './features';
import type { AvInput, AvLoss, ClassificationModel } from './model';

const [LIKENESS_WEIGHT, ADVERSARY_WEIGHT] = [0.1, 0.01];

function hiddenOf({ network }: AvInput, features: readonly tf.Tensor2D[]): tf.Tensor2D {
  return model.fusedHidden(network, tf.concat([...features], 1));
}

/** 64 -> 32, leaky ReLU -> 1 logit, [N, 1]. */
function discriminate(parameters: NamedTensors, hidden: tf.Tensor2D): tf.Tensor2D {
  const narrow = leakyRelu(linear(parameters, 'discriminator.fc1', hidden), 0.2);
  return linear(parameters, 'discriminator.fc2', narrow);
}

export const full2miss: ClassificationModel = {
  name: 'full2miss',
  ...scarceAtTest,
  network: ({ featureSize, hiddenSize }, stream) =>
    bothEncoders(stream, {
      ...model.projectionParameters(featureSize, stream),
      ...model.fusionParameters(featureSize, featureSize, hiddenSize, stream),
      ...linearParameters('discriminator.fc1', hiddenSize, 32, stream),
      ...linearParameters('discriminator.fc2', 32, 1, stream),
    }),
  decays: (name) => !name.startsWith('discriminator.'),
  logits: (input) => {
    const { network, config, batch, mode } = input;
    const hidden = hiddenOf(input, encode(network, batch, true, mode));
    return model.classifyHidden(network, hidden, config.headDropout, mode);
  },
  loss: (input): AvLoss => {
    const { network, config, batch, labels, mode } = input;
    const { available, tensors } = batch;
    const features = encode(network, batch, true, mode);
    const classify = (hidden: tf.Tensor2D): tf.Tensor2D =>
      model.classifyHidden(network, hidden, config.headDropout, mode);
    const full = hiddenOf(input, features);
    const task = crossEntropy(classify(full), labels);
    const complete = available.filter((row) => row.every(Boolean)).length;
    if (complete === 0) return { total: task, parts: { task } };
    const scarce = AV_MODALITIES.indexOf(config.scarce);
    const without = features.map((f, m) => (m === scarce ? tf.zerosLike(f) : f));
    const missing = hiddenOf(input, without);
    const has = tensors.has[scarce];
    /** Mean over the complete pairs. @param each [N] */
    const mean = (each: tf.Tensor): tf.Scalar =>
      tf.div(tf.sum(tf.mul(each, has)), complete) as tf.Scalar;
    const still = stopGradient(full);
    const incomplete = weightedCrossEntropy(classify(missing), labels, has);
    const likeness = mean(tf.mean(tf.square(tf.sub(missing, still)), 1));
    const judged = (parameters: NamedTensors, hidden: tf.Tensor2D, as: boolean): tf.Scalar => {
      const logits = tf.squeeze(discriminate(parameters, hidden), [1]);
      return mean(tf.softplus(as ? tf.neg(logits) : logits));
    };
    const fixed = Object.fromEntries(
      Object.entries(network.parameters)
        .filter(([name]) => name.startsWith('discriminator.'))
        .map(([name, parameter]) => [name, stopGradient(parameter as tf.Tensor)]),
    );
    const adversary = judged(fixed, missing, true);
    const discriminator = tf.add(
      judged(network.parameters, still, true),
      judged(network.parameters, stopGradient(missing), false),
    ) as tf.Scalar;
    const total = tf.addN([
      ...[task, incomplete, tf.mul(likeness, LIKENESS_WEIGHT)],
      ...[tf.mul(adversary, ADVERSARY_WEIGHT), discriminator],
    ]) as tf.Scalar;
    return { total, parts: { task, incomplete, likeness, adversary, discriminator } };
  },
};
