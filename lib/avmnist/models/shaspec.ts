/**
 * ShaSpec (Wang et al. 2023, arXiv 2307.14126) for two modalities and classes: our reading, since its code has the
 * segmentation alone. Of the paper: a shared encoder on both modalities and a specific one each; r_i shared, s_i specific;
 *
 *   f_i = r_i + P([r_i; s_i]),   an absent one f_n = mean of the available r_i
 *   L = CE + 0.1 L_dao + 0.02 L_dco
 *
 * with L_dao the L1 distance of shared features, and L_dco the cross-entropy of a linear classifier that tells the modality
 * from s_i. Ours: SMIL's encoders and a linear map to one size below; shared and specific encoders of one fully connected layer
 * with ReLU; L_dao = 1/N sum over the complete pairs of mean |r_1 - r_2|, neither held still.
 */
import { AV_MODALITIES } from '../../config';
import * as model from '../../models/audio-visual';
import { linear } from '../../nn/layers2d';
import { absolute, relu } from '../../nn/elementwise';
import { crossEntropy, weightedCrossEntropy } from '../../nn/losses';
import { linearParameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { bothEncoders, encode, scarceAtTest } from './features';
import type { AvInput, ClassificationModel } from './model';

const SPECIFIC = ['specificImage.fc', 'specificSpeech.fc'] as const;
const ALIGNMENT_WEIGHT = 0.1;
const DOMAIN_WEIGHT = 0.02;

interface Parts {
  /** r_i [N, d]; of an absent modality finite numbers without meaning. */
  shared: tf.Tensor2D[];
  /** s_i, likewise. */
  specific: tf.Tensor2D[];
  logits: tf.Tensor2D;
}

function run({ network, config, batch, mode }: AvInput): Parts {
  const { parameters } = network;
  const features = encode(network, batch, true, mode);
  const layer = (name: string, x: tf.Tensor2D): tf.Tensor2D => relu(linear(parameters, name, x));
  const shared = features.map((x) => layer('shared.fc', x));
  const specific = features.map((x, m) => layer(SPECIFIC[m], x));
  const { has } = batch.tensors;
  const fused = shared.map((r, m) => {
    const both = tf.concat([r, specific[m]], 1);
    const own = tf.add(r, linear(parameters, 'fuse', both));
    if (batch.available.every((row) => row[m])) return own;
    // Of two modalities, the other one is there.
    const other = shared[1 - m];
    if (!batch.available.some((row) => row[m])) return other;
    const there = tf.expandDims(has[m], 1);
    return tf.add(tf.mul(own, there), tf.mul(other, tf.sub(1, there)));
  });
  return {
    shared,
    specific,
    logits: model.classifyFused(network, fused, config.headDropout, mode),
  };
}

export const shaspec: ClassificationModel = {
  name: 'shaspec',
  ...scarceAtTest,
  network: ({ featureSize, hiddenSize }, stream) =>
    bothEncoders(stream, {
      ...model.projectionParameters(featureSize, stream),
      ...linearParameters('shared.fc', featureSize, featureSize, stream),
      ...linearParameters(SPECIFIC[0], featureSize, featureSize, stream),
      ...linearParameters(SPECIFIC[1], featureSize, featureSize, stream),
      ...linearParameters('fuse', 2 * featureSize, featureSize, stream),
      ...model.fusionParameters(featureSize, featureSize, hiddenSize, stream),
      ...linearParameters('domain', featureSize, AV_MODALITIES.length, stream),
    }),
  logits: (input) => run(input).logits,
  loss: (input) => {
    const { available, tensors } = input.batch;
    const { shared, specific, logits } = run(input);
    const task = crossEntropy(logits, input.labels);
    const [has, others] = tensors.has;
    const distance = tf.mean(absolute(tf.sub(shared[0], shared[1])), 1) as tf.Tensor1D;
    const alignment = tf.mean(tf.mul(distance, tf.mul(has, others))) as tf.Scalar;
    const count = available.flat().filter(Boolean).length;
    const terms = specific.map((s, m) => {
      const truth = tf.fill([available.length], m, 'int32') as tf.Tensor1D;
      return weightedCrossEntropy(
        linear(input.network.parameters, 'domain', s),
        truth,
        tensors.has[m],
      );
    });
    const domain = tf.mul(tf.addN(terms), available.length / count) as tf.Scalar;
    const total = tf.addN([
      task,
      tf.mul(alignment, ALIGNMENT_WEIGHT),
      tf.mul(domain, DOMAIN_WEIGHT),
    ]) as tf.Scalar;
    return { total, parts: { task, alignment, domain } };
  },
};
