/**
 * SMIL: the stages of its script around the network and meta step of `lib/models/smil.ts`. Nets on each modality alone; the
 * fused net from them, on complete pairs; centres of their speech features; meta-learning, 8,000 iterations of 64 pairs without
 * speech and 64 complete ones. Changed: each stage keeps the epoch that is best on held-out pairs, not on test pairs, and the
 * complete pairs are drawn by seed.
 *
 * Scarce images are our reading, with the modalities exchanged, in first order: the sound net, which is then the one that is
 * tested, learns its running statistics in the pass of L_tr.
 */
import { UserError } from '../../base/errors';
import { kMeans } from '../../base/k-means';
import type { AvModality, AvTrainingConfig } from '../../config';
import { constantVariable, type NamedTensors } from '../../nn/parameters';
import {
  encodeModality,
  FEATURES,
  fusionParameters,
  INFERENCE,
  type Mode,
  type Network,
} from '../../models/audio-visual';
import {
  CENTRES,
  centresName,
  incompletePath,
  inferenceParameters,
  innerGradients,
  innerStep,
  knownLoss,
  validationLoss,
  type InnerStep,
  type MetaInput,
  type Noise,
} from '../../models/smil';
import { takeRows } from '../../nn/dense';
import { normalNumbers } from '../../nn/random';
import { tf } from '../../nn/tf';
import { plentifulOf } from '../modalities';
import { trainStage } from '../pretrain';
import { PROTOCOL_EPOCHS, shortened } from '../protocols';
import { FROM_TRAINED, upperBound } from './bounds';
import { bothEncoders, scarceAtTest } from './features';
import { requirePretraining } from './imputation';
import type { AvBatch, AvPrepareInput, AvProtocol, ClassificationModel } from './model';

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
  const { scarce } = config;
  const complete = split.train.filter((p) => split.complete[p]);
  if (complete.length < CENTRES) {
    throw new UserError(
      `rate is ${config.rate}, which leaves ${complete.length} complete training pairs; SMIL's priors have ${CENTRES} centres and need as many: raise it`,
      { code: 'BAD_VALUE', field: 'rate', value: config.rate },
    );
  }
  if (complete.length === split.train.length) {
    throw new UserError(
      `rate is ${config.rate}, which leaves no training pair without ${scarce}, on which SMIL meta-trains; lower it`,
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
    const samples = takeRows(pairs.train[scarce], tf.tensor1d(complete, 'int32'));
    return encodeModality(network, scarce, samples, INFERENCE).arraySync();
  });
  const { centres } = kMeans(features, CENTRES, stream.split('centres'));
  tf.tidy(() => network.statistics[centresName(scarce)].assign(tf.tensor2d(centres)));
}

/** @throws UserError where images are scarce, for what our reading of that does not have */
function requireKnown({ scarce, smilOrder, smilSound }: AvTrainingConfig): void {
  if (scarce === 'speech') return;
  const refuse = (field: string, value: string, why: string): never => {
    throw new UserError(
      `avMnist.${field} is ${value}, but with scarce images SMIL ${why}; leave it out`,
      { code: 'BAD_VALUE', field: `avMnist.${field}`, value },
    );
  };
  if (smilOrder === 'second') refuse('smilOrder', smilOrder, 'has the first order alone');
  if (smilSound === 'frozen') refuse('smilSound', smilSound, 'is tested with its sound net');
}

interface Halves {
  /** Pairs without the scarce modality: their images, or their speech. */
  incomplete: { x: tf.Tensor4D; labels: tf.Tensor1D };
  complete: MetaInput['complete'];
}

/** A batch as `batches` orders it. In a tidy. */
function halvesOf(batch: AvBatch, labels: tf.Tensor1D, { scarce }: AvTrainingConfig): Halves {
  const of = (modality: AvModality): tf.Tensor4D => batch[modality] as tf.Tensor4D;
  const count = of(scarce).shape[0];
  const split = <T extends tf.Tensor>(all: T): [T, T] =>
    tf.split(all, [all.shape[0] - count, count]) as [T, T];
  const [x, other] = split(of(plentifulOf({ scarce })));
  const [itsLabels, completeLabels] = split(labels);
  const [images, speech] = scarce === 'speech' ? [other, of('speech')] : [of('image'), other];
  return {
    incomplete: { x, labels: itsLabels },
    complete: { images, speech, labels: completeLabels },
  };
}

const noiseIn =
  (mode: Mode): Noise =>
  (_, shape) =>
    mode.training ? normalNumbers(shape, mode.seed()) : undefined;

/** Running statistics stay, as in the authors' code, which tests without the net that has them. */
const keeping = (mode: Mode): Mode => (mode.training ? { ...mode, keepStatistics: true } : mode);

export const smil: ClassificationModel = {
  name: 'smil',
  ...scarceAtTest,
  protocol,
  requires: (config) => {
    requirePretraining('smil', config);
    requireKnown(config);
  },
  prepare,
  network: ({ hiddenSize, scarce }, stream): Network => {
    const fused = fusionParameters(FEATURES.image, FEATURES.speech, hiddenSize, stream);
    const { parameters, statistics } = bothEncoders(stream, {
      ...fused,
      ...inferenceParameters(hiddenSize, stream, scarce),
    });
    const centres = constantVariable([CENTRES, FEATURES[scarce]], 0);
    return { parameters, statistics: { ...statistics, [centresName(scarce)]: centres } };
  },
  /** Incomplete pairs first, then complete ones; where there are fewer than the batch size, all of them. */
  batches: ({ train, complete }, batchSize, stream) => {
    const some = (pairs: number[]): number[] => stream.shuffle(pairs).slice(0, batchSize);
    return Array.from({ length: ITERATIONS_EACH }, () => [
      ...some(train.filter((p) => !complete[p])),
      ...some(train.filter((p) => complete[p])),
    ]);
  },
  rates: (_, epoch) => [INNER_RATE * 0.1 ** Math.floor((epoch - 1) / INNER_DECAY_EVERY)],
  logits: ({ network, config: { scarce }, batch, mode }) => {
    const x = batch[plentifulOf({ scarce })] as tf.Tensor4D;
    return incompletePath(network, x, mode, { scarce }).logits;
  },
  ahead: ({ network, config, batch, labels, mode }) => {
    const { scarce } = config;
    if (scarce === 'speech') return {};
    const { x, labels: own } = halvesOf(batch, labels, config).incomplete;
    const pass = { mode, noise: noiseIn(mode) };
    const { loss, gradients } = innerGradients(network, x, own, pass, scarce);
    return { ...gradients, [INNER_LOSS]: loss };
  },
  loss: ({ network, config, batch, labels, mode, rates, ahead }) => {
    const { scarce, smilOrder = scarce === 'speech' ? 'second' : 'first', smilSound } = config;
    const { incomplete, complete } = halvesOf(batch, labels, config);
    const kept = keeping(mode);
    const inner =
      scarce === 'speech'
        ? innerStep(network, incomplete.x, incomplete.labels, { mode: kept, noise: noiseIn(mode) })
        : knownInner(ahead, network);
    const { validation, parts } = validationLoss({
      ...{ network, inner, scarce, complete, innerRate: rates[0], order: smilOrder },
      soundLearns: smilSound !== 'frozen',
      modes: { incomplete: kept, complete: kept },
    });
    const total = tf.add(inner.loss, validation) as tf.Scalar;
    return { total, parts: { ...parts, inner: inner.loss } };
  },
};

/** Beside the gradients, by their parameters' names. */
const INNER_LOSS = 'loss';

function knownInner(ahead: NamedTensors, network: Network): InnerStep {
  const { [INNER_LOSS]: value, ...gradients } = ahead;
  const inner = { loss: value as tf.Scalar, gradients };
  return { ...inner, loss: knownLoss(inner, network) };
}
