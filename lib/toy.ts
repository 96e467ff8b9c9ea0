/**
 * MCKD on a toy, in seconds: two views of a point's class. View A is sharp, view B is blurred, and at
 * test A may be absent. The same `mckd` functions that train on scans and speech run here, on
 * encoders small enough to read at a glance.
 */
import type { ImportanceConfig } from './config';
import { crossEntropy } from './nn/losses';
import {
  disposeImportance,
  fillMissing,
  importanceWeights,
  initImportance,
  metaStep,
  readWeights,
  pairwiseDistillation,
  teacherStudentRatios,
  type Availability,
} from './mckd';
import { valueAndGradients } from './nn/gradients';
import { linear } from './nn/layers2d';
import { disposeAll, linearParameters, type Parameters } from './nn/parameters';
import { adamStep, disposeAdam, initAdam } from './nn/adam';
import { randomStream, type RandomStream } from './base/random';
import { tf } from './nn/tf';

export const TOY_CLASSES = 4;
const FEATURE = 8;

export interface ToyData {
  /** Class of each point, [N]. */
  classes: number[];
  /** Views A and B, [N][2] each. */
  views: [number[][], number[][]];
}

/** N points: class c stands at a corner of a square; view A adds little noise, view B much. */
export function toyData(n: number, seed: number, noise: [number, number] = [0.35, 0.9]): ToyData {
  const stream = randomStream(seed, 'toy/data');
  const classes = Array.from({ length: n }, () => stream.integer(TOY_CLASSES));
  const view = (spread: number, turn: number): number[][] =>
    classes.map((c) => {
      const angle = (2 * Math.PI * c) / TOY_CLASSES + turn;
      return [
        Math.cos(angle) + spread * stream.normal(),
        Math.sin(angle) + spread * stream.normal(),
      ];
    });
  return { classes, views: [view(noise[0], Math.PI / 4), view(noise[1], 0)] };
}

export interface ToyOptions {
  /** alpha of L = L_task + alpha L_KD; 0 is no distillation. */
  distillationWeight: number;
  importance: ImportanceConfig;
  steps?: number;
  seed?: number;
}

export interface ToyRun {
  /** Training points. */
  points: number;
  /** [w_A, w_B] after every step. */
  weights: number[][];
  distillation: number[];
  /** Test accuracy in percent with both views, A alone, B alone. */
  accuracy: { both: number; onlyA: number; onlyB: number };
}

/**
 * Trains one encoder per view and a shared decoder on `train`, dropping views at random, with a meta
 * step on `heldOut` after every step, and tests every subset of views.
 */
export function trainToy(
  train: ToyData,
  heldOut: ToyData,
  test: ToyData,
  options: ToyOptions,
): ToyRun {
  const { distillationWeight, importance: importanceConfig, steps = 200, seed = 0 } = options;
  const stream = randomStream(seed, 'toy/train');
  const parameters = toyParameters(stream);
  const adam = initAdam(parameters);
  const importance = initImportance(2, importanceConfig, stream.split('importance'));
  const drop = stream.split('drop');
  const run: ToyRun = {
    points: train.classes.length,
    weights: [],
    distillation: [],
    accuracy: { both: 0, onlyA: 0, onlyB: 0 },
  };
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      let distillation = tf.scalar(0);
      const { gradients } = valueAndGradients(() => {
        const features = encodeToy(parameters, train);
        const available = train.classes.map(() => SUBSETS[drop.integer(SUBSETS.length)]);
        const logits = decodeToy(parameters, fillMissing(features, available));
        const ratios = teacherStudentRatios(importanceWeights(importance, importanceConfig));
        distillation = tf.keep(pairwiseDistillation(features, available, ratios));
        return tf.add(
          crossEntropy(logits, labels(train)),
          tf.mul(distillation, distillationWeight),
        );
      }, parameters);
      adamStep(parameters, gradients, adam, 0.02);
      run.distillation.push(distillation.dataSync()[0]);
      distillation.dispose();
      metaStep(importance, importanceConfig, encodeToy(parameters, heldOut), (weighted) =>
        crossEntropy(decodeToy(parameters, weighted), labels(heldOut)),
      );
      run.weights.push(readWeights(importance, importanceConfig));
    });
  }
  const tested = (views: boolean[]): number =>
    accuracyToy(
      parameters,
      test,
      test.classes.map(() => views),
    );
  run.accuracy = {
    both: tested([true, true]),
    onlyA: tested([true, false]),
    onlyB: tested([false, true]),
  };
  disposeAll(parameters);
  disposeAdam(adam);
  disposeImportance(importance);
  return run;
}

const SUBSETS = [
  [true, true],
  [true, false],
  [false, true],
];

function toyParameters(stream: RandomStream): Parameters {
  return {
    ...linearParameters('A.hidden', 2, 16, stream),
    ...linearParameters('A.feature', 16, FEATURE, stream),
    ...linearParameters('B.hidden', 2, 16, stream),
    ...linearParameters('B.feature', 16, FEATURE, stream),
    ...linearParameters('decoder', 2 * FEATURE, TOY_CLASSES, stream),
  };
}

function encodeToy(parameters: Parameters, { views }: ToyData): tf.Tensor2D[] {
  return (['A', 'B'] as const).map((name, m) =>
    linear(
      parameters,
      `${name}.feature`,
      tf.tanh(linear(parameters, `${name}.hidden`, tf.tensor2d(views[m]))),
    ),
  );
}

function decodeToy(parameters: Parameters, features: readonly tf.Tensor[]): tf.Tensor2D {
  return linear(parameters, 'decoder', tf.concat(features as tf.Tensor2D[], 1));
}

function labels({ classes }: ToyData): tf.Tensor1D {
  return tf.tensor1d(classes, 'int32');
}

function accuracyToy(parameters: Parameters, data: ToyData, available: Availability): number {
  return tf.tidy(() => {
    const logits = decodeToy(parameters, fillMissing(encodeToy(parameters, data), available));
    const predicted = tf.argMax(logits, 1).dataSync();
    return (100 * data.classes.filter((c, n) => c === predicted[n]).length) / data.classes.length;
  });
}
