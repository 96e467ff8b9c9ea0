/** The three steps of a run: a training step, the method's act between epochs, an evaluation. */
import { AV_MODALITIES, type AvModality, type AvTrainingConfig } from '../config';
import type { AvMnistPairs, AvSamples } from '../datasets/av-mnist/avmnist';
import { takeRows } from '../nn/dense';
import { crossEntropy } from '../nn/losses';
import { INFERENCE, type Mode, type Network } from '../models/audio-visual';
import type { Steps } from '../graph/steps';
import { runTrainingStep, type TrainingStepResult } from '../graph/training-step';
import { availabilityKind, availabilityTensors } from '../mckd';
import { adamRates, countAdamStep, moveByAdam, type AdamState } from '../nn/adam';
import type { NamedTensors } from '../nn/parameters';
import type { RandomStream } from '../base/random';
import { seedsOf } from '../nn/random';
import { tf } from '../nn/tf';
import type { AvBatch, ClassificationModel, DevicePairs } from './models/model';
import type { TrainingSplit } from './split';

export function toDevice(pairs: AvMnistPairs): DevicePairs {
  return {
    image: tf.tensor4d(pairs.images, [pairs.digits.length, 28, 28, 1]),
    speech: tf.tensor4d(pairs.speech, [pairs.digits.length, 20, 20, 1]),
    digits: pairs.digits,
  };
}

/** The samples at `indices` with the modalities in `available`, all of which `from` has. The caller disposes of its tensors. */
function takeBatch(
  from: Partial<Record<AvModality, tf.Tensor4D>>,
  indices: number[],
  available: boolean[][],
): AvBatch {
  const samples = (modality: AvModality, m: number): tf.Tensor4D | undefined => {
    const present = indices.filter((_, n) => available[n][m]);
    return present.length === 0
      ? undefined
      : tf.tidy(() => takeRows(from[modality] as tf.Tensor4D, tf.tensor1d(present, 'int32')));
  };
  const rows = AV_MODALITIES.map((_, m) => {
    const count = available.filter((has) => has[m]).length;
    let next = 0;
    return tf.tensor1d(
      available.map((has) => (has[m] ? next++ : count)),
      'int32',
    );
  });
  return {
    image: samples('image', 0),
    speech: samples('speech', 1),
    available,
    tensors: { ...availabilityTensors(available), rows },
  };
}

function tensorsOf({ image, speech, tensors: { has, share, rows } }: AvBatch): tf.Tensor[] {
  return [image, speech, ...has, share, ...rows].filter((tensor) => tensor !== undefined);
}

/** The network and its settings. */
export interface Trainee {
  model: ClassificationModel;
  network: Network;
  config: AvTrainingConfig;
  adam: AdamState;
  /** The model's state; undefined if it has none. */
  state?: unknown;
}

export interface TrainStepInput {
  train: DevicePairs;
  split: TrainingSplit;
  /** The batch, into `train`. */
  indices: number[];
  learningRate: number;
  dropout: RandomStream;
  /** 1 .. epochs; default: 1. */
  epoch?: number;
  /** Without dropout, and with the batch norms' running statistics. */
  inferenceMode?: boolean;
}

/**
 * One batch: the model's loss, its gradients and Adam's step, which changes nothing where any of them is not finite.
 * @param steps opened for this trainee: its config is a part of each of them
 */
export function trainStep(
  steps: Steps,
  { model, network, config, state, adam }: Trainee,
  {
    train,
    split,
    indices,
    learningRate,
    dropout,
    epoch = 1,
    inferenceMode = false,
  }: TrainStepInput,
): TrainingStepResult {
  const { parameters, statistics } = network;
  const { weightDecay } = config;
  const available = indices.map((p) => model.available(config, split.complete[p]));
  const labels = labelsOf(train, indices);
  const batch = takeBatch(train, indices, available);
  const rates = adamRates(adam, learningRate);
  const ofEpoch = (model.rates?.(config, epoch) ?? []).map((rate) => tf.scalar(rate));
  try {
    const result = runTrainingStep(steps, {
      signature: [
        inferenceMode ? 'training in inference mode' : 'training',
        ...[batch.image, batch.speech].map((samples) => samples?.shape[0] ?? 0),
        availabilityKind(available),
        ...rates.groups.map((group) => group.join(' ')),
      ].join(', '),
      inputs: [...tensorsOf(batch), labels, ...rates.rates, ...ofEpoch],
      variables: [
        ...[parameters, statistics, adam.firstMoment, adam.secondMoment].flatMap(
          Object.values<tf.Variable>,
        ),
        ...(model.state?.variables(state) ?? []),
      ],
      draw: seedsOf(dropout),
      parameters,
      loss: (seed) => {
        const mode: Mode = inferenceMode ? INFERENCE : { training: true, seed };
        const input = { network, config, batch, labels, mode, state, rates: ofEpoch };
        const ahead = model.ahead?.(input) ?? {};
        return () => model.loss({ ...input, ahead });
      },
      update: (gradients) => {
        const free = (name: string): boolean => model.decays?.(name) === false;
        const only = (wanted: boolean): NamedTensors =>
          Object.fromEntries(Object.entries(gradients).filter(([name]) => free(name) === wanted));
        moveByAdam(parameters, only(false), adam, rates, { weightDecay });
        moveByAdam(parameters, only(true), adam, rates);
      },
    });
    countAdamStep(adam, result.moved);
    return result;
  } finally {
    tf.dispose([labels, ...tensorsOf(batch), ...rates.rates, ...ofEpoch]);
  }
}

function labelsOf(pairs: DevicePairs, indices: number[]): tf.Tensor1D {
  return tf.tensor1d(
    indices.map((p) => pairs.digits[p]),
    'int32',
  );
}

/** The model's act after some epochs with the complete held-out pairs. */
export function between(
  steps: Steps,
  { model, network, config, state }: Trainee,
  train: DevicePairs,
  split: TrainingSplit,
): void {
  const pairs = split.heldOut.filter((p) => split.complete[p]);
  const available = pairs.map(() => [true, true]);
  tf.tidy(() => {
    const batch = takeBatch(train, pairs, available);
    const labels = labelsOf(train, pairs);
    model.between?.({ network, config, batch, labels, mode: INFERENCE, state, steps });
  });
}

export interface Evaluation {
  /** Share of the pairs. */
  accuracy: number;
  /** Mean cross-entropy. */
  loss: number;
  /** confusion[true][predicted], counts. */
  confusion: number[][];
  /** Class of each pair. */
  predicted: Uint8Array;
}

/** Evaluates pairs under the test condition. */
export function evaluate(
  { model, network, config }: Trainee,
  pairs: DevicePairs,
  indices: number[],
): Evaluation {
  const available = indices.map(() => model.availableAtTest(config));
  const { predicted, loss } = tf.tidy(() => {
    const batch = takeBatch(pairs, indices, available);
    const logits = model.logits({ network, config, batch, mode: INFERENCE });
    return {
      predicted: tf.argMax(logits, 1).dataSync(),
      loss: crossEntropy(logits, labelsOf(pairs, indices)).dataSync()[0],
    };
  });
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  indices.forEach((p, n) => confusion[pairs.digits[p]][predicted[n]]++);
  const correct = confusion.reduce((sum, row, digit) => sum + row[digit], 0);
  return {
    accuracy: correct / indices.length,
    loss,
    confusion,
    predicted: Uint8Array.from(predicted),
  };
}

/** So many samples at once: more take memory, and no less time. */
const ALONE_BATCH = 500;

/** Predicted classes of samples of the one modality that the method is tested with, [N]. */
export function predictAlone(
  { model, network, config }: Trainee,
  modality: AvModality,
  { digits, values }: AvSamples,
): Uint8Array {
  const predicted = new Uint8Array(digits.length);
  const size = values.length / digits.length;
  const side = Math.sqrt(size);
  for (let start = 0; start < digits.length; start += ALONE_BATCH) {
    const end = Math.min(start + ALONE_BATCH, digits.length);
    const indices = Array.from({ length: end - start }, (_, n) => n);
    tf.tidy(() => {
      const part = values.subarray(start * size, end * size);
      const samples = tf.tensor4d(part, [indices.length, side, side, 1]);
      const available = indices.map(() => model.availableAtTest(config));
      const batch = takeBatch({ [modality]: samples }, indices, available);
      const logits = model.logits({ network, config, batch, mode: INFERENCE });
      predicted.set(tf.argMax(logits, 1).dataSync(), start);
    });
  }
  return predicted;
}
