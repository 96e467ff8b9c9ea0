/**
 * SMIL: the stages of its script around the network and meta step of `lib/models/smil.ts`. Nets on each modality alone; the
 * fused net from them, on complete pairs; centres of their speech features; meta-learning, 8,000 iterations of 64 pairs without
 * speech and 64 complete ones. Changed: each stage keeps the epoch that is best on held-out pairs, not on test pairs, and the
 * complete pairs are drawn by seed.
 */
import { UserError } from '../../base/errors';
import { kMeans } from '../../base/k-means';
import type { AvTrainingConfig } from '../../config';
import { constantVariable } from '../../nn/parameters';
import * as model from '../../models/audio-visual';
import { encodeSpeech, INFERENCE, type Mode } from '../../models/audio-visual';
import * as smilNet from '../../models/smil';
import { takeRows } from '../../nn/dense';
import { normalNumbers } from '../../nn/random';
import { tf } from '../../nn/tf';
import { trainStage } from '../pretrain';
import { PROTOCOL_EPOCHS, shortened } from '../protocols';
import { FROM_TRAINED, upperBound } from './bounds';
import { bothEncoders, scarceAtTest } from './features';
import { requirePretraining } from './imputation';
import type { AvPrepareInput, AvProtocol, ClassificationModel } from './model';

/** An "epoch", after which the network is evaluated, as in the script. */
const ITERATIONS_EACH = 200;
/** Of 8,000 iterations; Adam's rate falls to a tenth after 5,000, eta every 1,000. */
const PROTOCOL: AvProtocol = {
  ...{ epochs: 40, batchSize: 64, learningRate: 1e-3, weightDecay: 1e-4 },
  ...{ decayFactor: 0.1, decayEveryEpochs: 25 },
};
const INNER_RATE = 1e-3;
const INNER_DECAY_EVERY = 5;
/** Epochs of the fused net before its weights are kept. */
const FUSED_KEPT_FROM = 4;

const protocol = ({ epochs }: AvTrainingConfig): AvProtocol => shortened(PROTOCOL, epochs);

/** The fused net on complete pairs, then the centres. */
async function prepare({ network, config, pairs, split, stream }: AvPrepareInput): Promise<void> {
  const complete = split.train.filter((p) => split.complete[p]);
  if (complete.length < smilNet.CENTRES) {
    throw new UserError(
      `rate is ${config.rate}, which leaves ${complete.length} complete training pairs; SMIL's priors have ${smilNet.CENTRES} centres and need as many: raise it`,
      { code: 'BAD_VALUE', field: 'rate', value: config.rate },
    );
  }
  if (complete.length === split.train.length) {
    throw new UserError(
      `rate is ${config.rate}, which leaves no training pair without speech, on which SMIL meta-trains; lower it`,
      { code: 'BAD_VALUE', field: 'rate', value: config.rate },
    );
  }
  await trainStage(network, pairs, {
    ...{ name: 'the fused net', model: upperBound, stream: stream.split('fused') },
    config: { ...config, method: 'upperBound' },
    protocol: shortened(FROM_TRAINED, config.epochs),
    keptFrom: Math.ceil((FUSED_KEPT_FROM * config.epochs) / PROTOCOL_EPOCHS),
    split: {
      ...split,
      train: complete,
      heldOut: split.heldOut.filter((p) => split.complete[p]),
    },
  });
  const features = tf.tidy(() => {
    const speech = takeRows(pairs.train.speech, tf.tensor1d(complete, 'int32'));
    return encodeSpeech(network, speech, INFERENCE).arraySync();
  });
  const { centres } = kMeans(features, smilNet.CENTRES, stream.split('centres'));
  tf.tidy(() => network.statistics[smilNet.CENTRES_NAME].assign(tf.tensor2d(centres)));
}

export const smil: ClassificationModel = {
  name: 'smil',
  ...scarceAtTest,
  protocol,
  requires: (config) => {
    requirePretraining('smil', config);
    if (config.scarce === 'speech') return;
    throw new UserError(
      `avMnist.scarce is ${config.scarce}; SMIL's code makes up speech features alone: set it to speech`,
      { code: 'BAD_VALUE', field: 'avMnist.scarce', value: config.scarce },
    );
  },
  prepare,
  network: ({ hiddenSize }, stream) => {
    const { IMAGE_FEATURES, SPEECH_FEATURES } = model;
    const fused = model.fusionParameters(IMAGE_FEATURES, SPEECH_FEATURES, hiddenSize, stream);
    const { parameters, statistics } = bothEncoders(stream, {
      ...fused,
      ...smilNet.inferenceParameters(hiddenSize, stream),
    });
    const centres = constantVariable([smilNet.CENTRES, SPEECH_FEATURES], 0);
    return { parameters, statistics: { ...statistics, [smilNet.CENTRES_NAME]: centres } };
  },
  /** Pairs without speech first, then complete ones; where there are fewer than the batch size, all of them. */
  batches: ({ train, complete }, batchSize, stream) => {
    const some = (pairs: number[]): number[] => stream.shuffle(pairs).slice(0, batchSize);
    return Array.from({ length: ITERATIONS_EACH }, () => [
      ...some(train.filter((p) => !complete[p])),
      ...some(train.filter((p) => complete[p])),
    ]);
  },
  rates: (_, epoch) => [INNER_RATE * 0.1 ** Math.floor((epoch - 1) / INNER_DECAY_EVERY)],
  logits: ({ network, batch, mode }) =>
    smilNet.incompletePath(network, batch.image as tf.Tensor4D, mode).logits,
  loss: ({ network, config, batch, labels, mode, rates }) => {
    const { available } = batch;
    const speech = batch.speech as tf.Tensor4D;
    const count = [available.length - speech.shape[0], speech.shape[0]];
    const [without, complete] = tf.split(batch.image as tf.Tensor4D, count) as tf.Tensor4D[];
    const [itsLabels, completeLabels] = tf.split(labels, count) as tf.Tensor1D[];
    const kept: Mode = mode.training ? { ...mode, keepStatistics: true } : mode;
    const noise: smilNet.Noise = (_, shape) =>
      mode.training ? normalNumbers(shape, mode.seed()) : undefined;
    const { train, validation, parts } = smilNet.metaLosses({
      network,
      train: { images: without, labels: itsLabels },
      complete: { images: complete, speech, labels: completeLabels },
      innerRate: rates[0],
      order: config.smilOrder ?? 'second',
      soundLearns: config.smilSound !== 'frozen',
      passes: {
        inner: { mode: kept, noise },
        incomplete: { mode: kept },
        complete: { mode: kept },
      },
    });
    const total = tf.add(train, validation) as tf.Scalar;
    return { total, parts: { ...parts, inner: train } };
  },
};
