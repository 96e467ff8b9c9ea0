/**
 * One training run of Audiovision-MNIST as a stream of events: no console, no files, no plots.
 *
 * What is published: 60 epochs of Adam at 1e-3 with weight decay 1e-2, x0.9 every 20 epochs; the
 * encoders; MCKD's filling, distillation and importance weights. What is our reading, since this half
 * of the authors' code was never released: the shared feature size, the batch size, and that the
 * meta step asks held-back training pairs.
 */
import type { AvMnistConfig } from '../config';
import type { AvMnist, AvMnistPairs } from '../data/avmnist';
import { keepRecordings } from '../data/avmnist';
import { crossEntropy } from '../losses';
import {
  disposeImportance,
  importanceWeights,
  initImportance,
  metaStep,
  pairwiseDistillation,
  teacherStudentRatios,
  type Importance,
} from '../mckd';
import { disposeNetwork, INFERENCE, type Mode, type Network } from '../models/audio-visual';
import { valueAndGradients } from '../nn/gradients';
import { disposeAll } from '../nn/parameters';
import { adamStep, disposeAdam, initAdam } from '../optimizers';
import { randomStream, type RandomStream } from '../random';
import { tf } from '../tf';
import {
  AV_MODALITIES,
  availableAtTest,
  classify,
  createNetwork,
  encode,
  sharesFeatures,
  type AvBatch,
  type AvTask,
} from './network';
import { epochBatches, splitTraining, type TrainingSplit } from './split';

export interface AvEpoch {
  kind: 'epoch';
  /** 1 .. epochs. */
  epoch: number;
  epochs: number;
  /** Mean over the epoch's steps. */
  taskLoss: number;
  distillationLoss: number;
  /** Under the test condition (the scarce modality absent). */
  testAccuracy: number;
  heldBackAccuracy: number;
  /** Mean cross-entropy of the held-back pairs under the test condition. */
  heldBackLoss: number;
  /** w of image and speech after the epoch; empty in methods that have none. */
  weights: number[];
}

/** The numbers of an `AvEpoch`, one array a quantity, one value an epoch, rounded to 5 digits. */
export interface AvCurves {
  taskLoss: number[];
  distillationLoss: number[];
  testAccuracy: number[];
  heldBackAccuracy: number[];
  heldBackLoss: number[];
  /** [image, speech] an epoch. */
  weights: number[][];
}

/** All that the tables need of a finished run; JSON. */
export interface AvRun extends AvTask {
  curves: AvCurves;
  /** 1-based epoch with the best test accuracy (how the published numbers were chosen). */
  bestTestEpoch: number;
  /** 1-based epoch with the best held-back accuracy, the lower loss where several tie. */
  chosenEpoch: number;
  /** confusion[truth][predicted] on the test pairs at the chosen epoch. */
  confusion: number[][];
  seconds: number;
}

export type AvEvent = AvEpoch | { kind: 'done'; run: AvRun };

/** Pairs on the device. */
interface DevicePairs {
  image: tf.Tensor4D;
  speech: tf.Tensor4D;
  digits: Uint8Array;
}

function toDevice(pairs: AvMnistPairs): DevicePairs {
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

/**
 * Trains one cell's run. Stops between epochs when the consumer does; frees all it made either way.
 * The same data, config and task give the same events, number for number.
 */
export async function* trainAvMnist(
  data: AvMnist,
  config: AvMnistConfig,
  task: AvTask,
): AsyncGenerator<AvEvent> {
  const started = performance.now();
  const stream = randomStream(task.seed, 'av-mnist');
  const complete = keepRecordings(
    data.train,
    task.method === 'upperBound' ? 1 : task.rate,
    stream.split(`keep/${task.scarce}`),
  );
  const split = splitTraining(
    data.train.digits,
    complete,
    config.heldBackShare,
    stream.split('split'),
  );
  const train = toDevice(data.train);
  const test = toDevice(data.test);
  const network = createNetwork(task, config, stream.split('start'));
  const adam = initAdam(network.parameters);
  const importance =
    task.method === 'mckd'
      ? initImportance(2, config.importance, stream.split('importance'))
      : undefined;
  const steps = { order: stream.split('order'), dropout: stream.split('dropout') };
  const run: AvRun = {
    ...task,
    curves: emptyCurves(),
    bestTestEpoch: 1,
    chosenEpoch: 1,
    confusion: [],
    seconds: 0,
  };
  try {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      const learningRate =
        config.learningRate *
        config.decayFactor ** Math.floor((epoch - 1) / config.decayEveryEpochs);
      const losses = { task: 0, distillation: 0 };
      const batches = epochBatches(split, config.batchSize, steps.order);
      for (const indices of batches) {
        const loss = trainStep({
          network,
          task,
          config,
          train,
          split,
          indices,
          importance,
          dropout: steps.dropout,
        });
        adamStep(network.parameters, loss.gradients, adam, learningRate, {
          weightDecay: config.weightDecay,
        });
        disposeAll(loss.gradients);
        losses.task += loss.task / batches.length;
        losses.distillation += loss.distillation / batches.length;
      }
      if (importance !== undefined && epoch % config.importance.eventEveryEpochs === 0) {
        metaEvent(importance, network, task, config, train, split);
      }
      const onTest = evaluate(network, task, config, test, indicesOf(data.test));
      const onHeldBack = evaluate(network, task, config, train, split.heldBack);
      const record = {
        taskLoss: losses.task,
        distillationLoss: losses.distillation,
        testAccuracy: onTest.accuracy,
        heldBackAccuracy: onHeldBack.accuracy,
        heldBackLoss: onHeldBack.loss,
        weights: importance === undefined ? [] : readWeights(importance),
      };
      note(run, epoch, record, onTest.confusion);
      yield { kind: 'epoch', epoch, epochs: config.epochs, ...record };
      await new Promise((resolve) => setImmediate(resolve));
    }
    run.seconds = (performance.now() - started) / 1000;
    yield { kind: 'done', run };
  } finally {
    disposeNetwork(network);
    disposeAdam(adam);
    if (importance !== undefined) disposeImportance(importance);
    tf.dispose([train.image, train.speech, test.image, test.speech]);
  }
}

function indicesOf(pairs: AvMnistPairs): number[] {
  return Array.from(pairs.digits, (_, p) => p);
}

interface StepInputs {
  network: Network;
  task: AvTask;
  config: AvMnistConfig;
  train: DevicePairs;
  split: TrainingSplit;
  indices: number[];
  importance: Importance | undefined;
  dropout: RandomStream;
}

/** Loss and gradients of L = L_task + alpha L_KD on one batch. The caller disposes of the gradients. */
function trainStep(inputs: StepInputs): {
  gradients: Record<string, tf.Tensor>;
  task: number;
  distillation: number;
} {
  const { network, task, config, train, split, indices, importance } = inputs;
  const mode: Mode = { training: true, stream: inputs.dropout };
  const available = indices.map((p) =>
    AV_MODALITIES.map((modality) =>
      modality === task.scarce ? split.complete[p] && task.method !== 'lowerBound' : true,
    ),
  );
  const parts: tf.Scalar[] = [];
  const labels = tf.tensor1d(
    indices.map((p) => train.digits[p]),
    'int32',
  );
  const { value, gradients } = valueAndGradients(() => {
    const features = encode(
      network,
      takeBatch(train, indices, available),
      sharesFeatures(task),
      mode,
    );
    const taskLoss = crossEntropy(
      classify(network, task, config, features, available, mode),
      labels,
    );
    parts.push(tf.keep(taskLoss.clone()));
    if (task.method !== 'equalWeights' && task.method !== 'mckd') return taskLoss;
    const ratios = importance
      ? teacherStudentRatios(importanceWeights(importance))
      : tf.ones<tf.Rank.R2>([2, 2]);
    const distillation = pairwiseDistillation(features, available, ratios, config.distance);
    parts.push(tf.keep(distillation.clone()));
    return tf.add(taskLoss, tf.mul(distillation, config.distillationWeight));
  }, network.parameters);
  const [taskValue, distillation = 0] = parts.map((part) => part.dataSync()[0]);
  tf.dispose([labels, value, ...parts]);
  return { gradients, task: taskValue, distillation };
}

/** One meta event: some Adam steps of theta_w on the complete held-back pairs. */
function metaEvent(
  importance: Importance,
  network: Network,
  task: AvTask,
  config: AvMnistConfig,
  train: DevicePairs,
  split: TrainingSplit,
): void {
  const pairs = split.heldBack.filter((p) => split.complete[p]);
  const available = pairs.map(() => [true, true]);
  tf.tidy(() => {
    const features = encode(network, takeBatch(train, pairs, available), true, INFERENCE);
    const labels = tf.tensor1d(
      pairs.map((p) => train.digits[p]),
      'int32',
    );
    for (let step = 0; step < config.importance.stepsPerEvent; step++) {
      metaStep(importance, features, (weighted) =>
        crossEntropy(classify(network, task, config, weighted, available, INFERENCE), labels),
      );
    }
  });
}

function readWeights(importance: Importance): number[] {
  return tf.tidy(() => Array.from(importanceWeights(importance).dataSync()));
}

interface Evaluation {
  accuracy: number;
  loss: number;
  confusion: number[][];
}

/** Accuracy, mean cross-entropy and confusion matrix of some pairs under the test condition. */
function evaluate(
  network: Network,
  task: AvTask,
  config: AvMnistConfig,
  pairs: DevicePairs,
  indices: number[],
): Evaluation {
  const available = indices.map(() => availableAtTest(task));
  const truth = indices.map((p) => pairs.digits[p]);
  const { predicted, loss } = tf.tidy(() => {
    const features = encode(
      network,
      takeBatch(pairs, indices, available),
      sharesFeatures(task),
      INFERENCE,
    );
    const logits = classify(network, task, config, features, available, INFERENCE);
    return {
      predicted: tf.argMax(logits, 1).dataSync(),
      loss: crossEntropy(logits, tf.tensor1d(truth, 'int32')).dataSync()[0],
    };
  });
  const confusion = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  truth.forEach((digit, n) => confusion[digit][predicted[n]]++);
  const correct = confusion.reduce((sum, row, digit) => sum + row[digit], 0);
  return { accuracy: correct / indices.length, loss, confusion };
}

function emptyCurves(): AvCurves {
  return {
    taskLoss: [],
    distillationLoss: [],
    testAccuracy: [],
    heldBackAccuracy: [],
    heldBackLoss: [],
    weights: [],
  };
}

const round = (value: number): number => Number(value.toFixed(5));

/**
 * Writes the epoch down and keeps the best epochs up to date: the first with the highest test
 * accuracy, and the one with the highest held-back accuracy (lower loss where several tie), whose
 * confusion matrix is kept.
 */
function note(
  run: AvRun,
  epoch: number,
  now: Omit<AvEpoch, 'kind' | 'epoch' | 'epochs'>,
  confusion: number[][],
): void {
  const { curves } = run;
  curves.taskLoss.push(round(now.taskLoss));
  curves.distillationLoss.push(round(now.distillationLoss));
  curves.testAccuracy.push(round(now.testAccuracy));
  curves.heldBackAccuracy.push(round(now.heldBackAccuracy));
  curves.heldBackLoss.push(round(now.heldBackLoss));
  if (now.weights.length > 0) curves.weights.push(now.weights.map(round));
  const at = (values: number[], e: number): number => values[e - 1];
  if (at(curves.testAccuracy, epoch) > at(curves.testAccuracy, run.bestTestEpoch))
    run.bestTestEpoch = epoch;
  const gain = at(curves.heldBackAccuracy, epoch) - at(curves.heldBackAccuracy, run.chosenEpoch);
  const lower = at(curves.heldBackLoss, epoch) < at(curves.heldBackLoss, run.chosenEpoch);
  if (epoch === 1 || gain > 0 || (gain === 0 && lower)) {
    run.chosenEpoch = epoch;
    run.confusion = confusion;
  }
}
