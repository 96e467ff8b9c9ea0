/** The three things a run does with pairs: a training step, a meta event, an evaluation. */
import { AV_MODALITIES, type AvTrainingConfig } from '../config';
import type { AvMnistPairs } from '../datasets/av-mnist/avmnist';
import { crossEntropy } from '../nn/losses';
import {
  importanceWeights,
  metaStep,
  pairwiseDistillation,
  teacherStudentRatios,
  type Importance,
} from '../mckd';
import { INFERENCE, type Mode, type Network } from '../models/audio-visual';
import { valueAndGradients } from '../nn/gradients';
import type { NamedTensors } from '../nn/parameters';
import type { RandomStream } from '../base/random';
import { tf } from '../nn/tf';
import { classify, encode, type AvBatch } from './network';
import { availableAtTest, sharesFeatures } from './modalities';
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

/** The samples at `indices` with the modalities that `available` grants them. */
function takeBatch(pairs: DevicePairs, indices: number[], available: boolean[][]): AvBatch {
  const rows = (modality: (typeof AV_MODALITIES)[number], m: number): tf.Tensor4D | undefined => {
    const present = indices.filter((_, n) => available[n][m]);
    return present.length === 0
      ? undefined
      : tf.gather(pairs[modality], tf.tensor1d(present, 'int32'));
  };
  return { image: rows('image', 0), speech: rows('speech', 1), available };
}

/** What is trained, with which settings. */
export interface Trainee {
  network: Network;
  config: AvTrainingConfig;
  /** In MCKD only. */
  importance?: Importance;
}

/** Loss parts and gradients of one step. */
export interface StepLosses {
  gradients: NamedTensors;
  /** Mean cross-entropy. */
  task: number;
  /** L_KD before its weight; 0 in methods without. */
  distillation: number;
}

/**
 * One batch: L = L_CE + alpha L_KD and its gradients, which the caller disposes of.
 * @param indices the batch, into `train`
 */
export function trainStep(
  { network, config, importance }: Trainee,
  train: DevicePairs,
  split: TrainingSplit,
  indices: number[],
  dropout: RandomStream,
): StepLosses {
  const mode: Mode = { training: true, stream: dropout };
  const available = indices.map((p) => availableInTraining(config, split.complete[p]));
  const parts: tf.Scalar[] = [];
  const labels = labelsOf(train, indices);
  const { value, gradients } = valueAndGradients(() => {
    const batch = takeBatch(train, indices, available);
    const features = encode(network, batch, sharesFeatures(config), mode);
    const logits = classify(network, config, features, available, mode);
    const taskLoss = crossEntropy(logits, labels);
    parts.push(tf.keep(taskLoss.clone()));
    if (config.method !== 'equalWeights' && config.method !== 'mckd') return taskLoss;
    const ratios = importance
      ? teacherStudentRatios(importanceWeights(importance, config.importance))
      : tf.ones<tf.Rank.R2>([2, 2]);
    const distillation = pairwiseDistillation(features, available, ratios, config.distance);
    parts.push(tf.keep(distillation.clone()));
    return tf.add(taskLoss, tf.mul(distillation, config.distillationWeight));
  }, network.parameters);
  const [taskValue, distillation = 0] = parts.map((part) => part.dataSync()[0]);
  tf.dispose([labels, value, ...parts]);
  return { gradients, task: taskValue, distillation };
}

/** What a training pair offers: the plentiful modality, and the scarce one if the pair keeps it. */
function availableInTraining({ method, scarce }: AvTrainingConfig, complete: boolean): boolean[] {
  return AV_MODALITIES.map(
    (modality) => modality !== scarce || (complete && method !== 'lowerBound'),
  );
}

function labelsOf(pairs: DevicePairs, indices: number[]): tf.Tensor1D {
  return tf.tensor1d(
    indices.map((p) => pairs.digits[p]),
    'int32',
  );
}

/** One meta event: some steps of theta_w on the complete held-back pairs. */
export function metaEvent(
  { network, config }: Trainee,
  importance: Importance,
  train: DevicePairs,
  split: TrainingSplit,
): void {
  const pairs = split.heldBack.filter((p) => split.complete[p]);
  const available = pairs.map(() => [true, true]);
  tf.tidy(() => {
    const features = encode(network, takeBatch(train, pairs, available), true, INFERENCE);
    const labels = labelsOf(train, pairs);
    for (let step = 0; step < config.importance.stepsPerEvent; step++) {
      metaStep(importance, config.importance, features, (weighted) =>
        crossEntropy(classify(network, config, weighted, available, INFERENCE), labels),
      );
    }
  });
}

export interface Evaluation {
  /** Share of the pairs. */
  accuracy: number;
  /** Mean cross-entropy. */
  loss: number;
  /** confusion[truth][predicted], counts. */
  confusion: number[][];
}

/** Some pairs under the test condition. */
export function evaluate(
  { network, config }: Trainee,
  pairs: DevicePairs,
  indices: number[],
): Evaluation {
  const available = indices.map(() => availableAtTest(config));
  const { predicted, loss } = tf.tidy(() => {
    const batch = takeBatch(pairs, indices, available);
    const features = encode(network, batch, sharesFeatures(config), INFERENCE);
    const logits = classify(network, config, features, available, INFERENCE);
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
