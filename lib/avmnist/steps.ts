/** The three steps of a run: a training step, the method's act between epochs, an evaluation. */
import { AV_MODALITIES, type AvTrainingConfig } from '../config';
import type { AvMnistPairs } from '../datasets/av-mnist/avmnist';
import { crossEntropy } from '../nn/losses';
import { INFERENCE, type Network } from '../models/audio-visual';
import { lossAndGradients, type LossAndGradients } from '../nn/gradients';
import type { RandomStream } from '../base/random';
import { tf } from '../nn/tf';
import type { AvBatch, ClassificationModel } from './models';
import type { TrainingSplit } from './split';

/** Pairs on the device; the caller disposes of both tensors. */
export interface DevicePairs {
  image: tf.Tensor4D;
  speech: tf.Tensor4D;
  digits: Uint8Array;
}

export function toDevice(pairs: AvMnistPairs): DevicePairs {
  return {
    image: tf.tensor4d(pairs.images, [pairs.digits.length, 28, 28, 1]),
    speech: tf.tensor4d(pairs.speech, [pairs.digits.length, 20, 20, 1]),
    digits: pairs.digits,
  };
}

/** The samples at `indices` with the modalities in `available`. */
function takeBatch(pairs: DevicePairs, indices: number[], available: boolean[][]): AvBatch {
  const rows = (modality: (typeof AV_MODALITIES)[number], m: number): tf.Tensor4D | undefined => {
    const present = indices.filter((_, n) => available[n][m]);
    return present.length === 0
      ? undefined
      : tf.gather(pairs[modality], tf.tensor1d(present, 'int32'));
  };
  return { image: rows('image', 0), speech: rows('speech', 1), available };
}

/** The network and its settings. */
export interface Trainee {
  model: ClassificationModel;
  network: Network;
  config: AvTrainingConfig;
  /** The model's state; undefined if it has none. */
  state?: unknown;
}

/**
 * One batch: the model's loss and its gradients, which the caller disposes of.
 * @param indices the batch, into `train`
 */
export function trainStep(
  { model, network, config, state }: Trainee,
  train: DevicePairs,
  split: TrainingSplit,
  indices: number[],
  dropout: RandomStream,
): LossAndGradients {
  const available = indices.map((p) => model.available(config, split.complete[p]));
  const labels = labelsOf(train, indices);
  const result = lossAndGradients(() => {
    const batch = takeBatch(train, indices, available);
    const mode = { training: true, stream: dropout } as const;
    return model.loss({ network, config, batch, labels, mode, state });
  }, network.parameters);
  labels.dispose();
  return result;
}

function labelsOf(pairs: DevicePairs, indices: number[]): tf.Tensor1D {
  return tf.tensor1d(
    indices.map((p) => pairs.digits[p]),
    'int32',
  );
}

/** The model's act after some epochs with the complete held-out pairs. */
export function between(
  { model, network, config, state }: Trainee,
  train: DevicePairs,
  split: TrainingSplit,
): void {
  const pairs = split.heldOut.filter((p) => split.complete[p]);
  const available = pairs.map(() => [true, true]);
  tf.tidy(() => {
    const batch = takeBatch(train, pairs, available);
    const labels = labelsOf(train, pairs);
    model.between?.({ network, config, batch, labels, mode: INFERENCE, state });
  });
}

export interface Evaluation {
  /** Share of the pairs. */
  accuracy: number;
  /** Mean cross-entropy. */
  loss: number;
  /** confusion[true][predicted], counts. */
  confusion: number[][];
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
  return { accuracy: correct / indices.length, loss, confusion };
}
