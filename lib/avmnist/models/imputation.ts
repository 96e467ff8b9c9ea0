/**
 * Shared by AutoEncoder and GAN: a small producer makes the scarce modality's feature from the plentiful one's, and stays as
 * it is while the fused net is trained. Where it sits is SMIL's code (github mengmenm/SMIL at 0d0e827: its argument
 * `autoencoder`); what it is, is not published, so the rest is our reading:
 *
 *   an absent feature := A(feature of the frozen encoder),   A: 160 -> 64, ReLU -> 320, ReLU (mirrored: 320 -> 64 -> 160)
 */
import { UserError } from '../../base/errors';
import type { RandomStream } from '../../base/random';
import { AV_MODALITIES, type AvModality, type AvTrainingConfig } from '../../config';
import * as model from '../../models/audio-visual';
import { encodeModality, FEATURES, INFERENCE, type Network } from '../../models/audio-visual';
import { takeRows } from '../../nn/dense';
import { relu } from '../../nn/elementwise';
import { stopGradient } from '../../nn/gradients';
import { linear } from '../../nn/layers2d';
import { linearParameters, type NamedTensors, type Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { plentifulOf } from '../modalities';
import { PROTOCOL_EPOCHS } from '../protocols';
import { bothEncoders, encode, scarceAtTest, taskLoss } from './features';
import type { AvInput, AvPrepareInput, ClassificationModel } from './model';

const NARROW = 64;
const FROZEN = 'frozen.';
/** Steps of the producer's training at 60 epochs, and its batch size. */
const STEPS = 2000;
const BATCH = 32;

/** A's parameters. */
function producerParameters(scarce: AvModality, stream: RandomStream): Parameters {
  return {
    ...linearParameters('producer.fc1', FEATURES[plentifulOf({ scarce })], NARROW, stream),
    ...linearParameters('producer.fc2', NARROW, FEATURES[scarce], stream),
  };
}

/** The scarce feature made from the plentiful one; >= 0, as features are. */
export function produce(parameters: NamedTensors, feature: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() =>
    relu(linear(parameters, 'producer.fc2', relu(linear(parameters, 'producer.fc1', feature)))),
  );
}

/** The encoder of a modality as it was before the fused net's training: its parameters and statistics under their names. */
function frozenEncoder({ statistics }: Network, modality: AvModality): Network {
  const own = Object.entries(statistics)
    .filter(([name]) => name.startsWith(`${FROZEN}${modality}.`))
    .map(([name, value]) => [name.slice(FROZEN.length), value] as const);
  const all = Object.fromEntries(own);
  return { parameters: all, statistics: all };
}

function classify(input: AvInput): tf.Tensor2D {
  const { network, config, batch, mode } = input;
  const [plentiful, scarce] = [plentifulOf(config), config.scarce];
  const features = encode(network, batch, false, mode);
  const m = AV_MODALITIES.indexOf(scarce);
  const x = batch[plentiful];
  if (x !== undefined && batch.available.some((row) => !row[m])) {
    const feature = encodeModality(frozenEncoder(network, plentiful), plentiful, x, INFERENCE);
    const made = stopGradient(produce(network.statistics, feature));
    const has = tf.expandDims(batch.tensors.has[m], 1);
    features[m] =
      batch[scarce] === undefined
        ? made
        : tf.add(tf.mul(features[m], has), tf.mul(made, tf.sub(1, has)));
  }
  return model.classifyFused(network, features, config.headDropout, mode);
}

/** Features of complete pairs, on which the producer is trained. */
export interface ProducerData {
  /** Of the plentiful and the scarce modality, [P, size] each, from the frozen encoders. */
  from: tf.Tensor2D;
  to: tf.Tensor2D;
  /** Rows of each step. */
  batches: number[][];
}

export type TrainProducer = (
  producer: Parameters,
  data: ProducerData,
  stream: RandomStream,
) => void;

/** A method that differs from its sibling in how the producer is trained. */
export function imputation(
  name: 'autoEncoder' | 'gan',
  trainProducer: TrainProducer,
): ClassificationModel {
  return {
    name,
    ...scarceAtTest,
    network: ({ hiddenSize, scarce }, stream) => {
      const sizes = AV_MODALITIES.map((modality) => FEATURES[modality]);
      const fused = model.fusionParameters(sizes[0], sizes[1], hiddenSize, stream);
      const { parameters, statistics } = bothEncoders(stream, fused);
      const copies = frozenCopies({ parameters, statistics }, plentifulOf({ scarce }));
      return {
        parameters,
        statistics: { ...statistics, ...copies, ...producerParameters(scarce, stream) },
      };
    },
    logits: classify,
    loss: taskLoss(classify),
    requires: (config) => requirePretraining(name, config),
    prepare: (input) => prepare(trainProducer, input),
  };
}

/** The same numbers in memory of their own: a step's variables may share none. */
const copyOf = (x: tf.Tensor): tf.Tensor => tf.mul(x, 1);

/** Variables of an encoder's parameters and statistics, by the names of the frozen one. */
function frozenCopies({ parameters, statistics }: Network, modality: AvModality): Parameters {
  const own = Object.entries({ ...parameters, ...statistics }).filter(([name]) =>
    new RegExp(`^${modality}\\.(conv|norm)`).test(name),
  );
  return Object.fromEntries(
    own.map(([name, value]) => [`${FROZEN}${name}`, tf.tidy(() => tf.variable(copyOf(value)))]),
  );
}

/** @throws UserError where encoders are not trained alone, without which a method has nothing to start from */
export function requirePretraining(name: string, { pretrain }: AvTrainingConfig): void {
  if (pretrain === 'each') return;
  throw new UserError(
    `avMnist.pretrain is ${pretrain ?? 'none'}; ${name} starts from encoders trained alone: set it to each`,
    { code: 'BAD_VALUE', field: 'avMnist.pretrain', value: pretrain },
  );
}

async function prepare(
  trainProducer: TrainProducer,
  { network, config, pairs, split, stream }: AvPrepareInput,
): Promise<void> {
  const { parameters, statistics } = network;
  for (const [frozen, value] of Object.entries(statistics)) {
    const own = frozen.slice(FROZEN.length);
    if (frozen.startsWith(FROZEN))
      tf.tidy(() => value.assign(copyOf(parameters[own] ?? statistics[own])));
  }
  const complete = split.train.filter((p) => split.complete[p]);
  const features = (modality: AvModality): tf.Tensor2D =>
    tf.tidy(() => {
      const x = takeRows(pairs.train[modality], tf.tensor1d(complete, 'int32'));
      return encodeModality(network, modality, x, INFERENCE);
    });
  const [from, to] = [features(plentifulOf(config)), features(config.scarce)];
  const producer = Object.fromEntries(
    Object.entries(statistics).filter(([one]) => one.startsWith('producer.')),
  );
  const steps = Math.max(1, Math.round((STEPS * config.epochs) / PROTOCOL_EPOCHS));
  try {
    trainProducer(
      producer,
      { from, to, batches: batchesOf(complete.length, steps, stream) },
      stream,
    );
  } finally {
    tf.dispose([from, to]);
  }
  await new Promise((resolve) => setImmediate(resolve));
}

/** `count` batches of rows, epoch after epoch of shuffled ones; an epoch's last may be smaller. */
function batchesOf(rows: number, count: number, stream: RandomStream): number[][] {
  const batches: number[][] = [];
  const order = stream.split('order');
  while (batches.length < count) {
    const shuffled = order.shuffle(Array.from({ length: rows }, (_, row) => row));
    for (let start = 0; start < rows && batches.length < count; start += BATCH)
      batches.push(shuffled.slice(start, start + BATCH));
  }
  return batches;
}
