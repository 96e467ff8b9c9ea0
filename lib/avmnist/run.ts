/** Output of a training of Audiovision-MNIST: one event per epoch, and at the end the scores for the tables. */
import { z } from 'zod';
import type { Run, Trained } from '../experiment/experiment';
import { runPredictionsSchema, type RunPredictions } from './predictions';

export interface AvEpoch {
  kind: 'epoch';
  /** 1 .. epochs. */
  epoch: number;
  epochs: number;
  /** Each part of the loss before its weight, mean over the epoch's steps. */
  losses: Record<string, number>;
  /** Under the test condition (the scarce modality absent). */
  testAccuracy: number;
  heldOutAccuracy: number;
  /** Mean cross-entropy of the held-out pairs under the test condition. */
  heldOutLoss: number;
  /** w of image and speech after the epoch; empty in methods that have none. */
  weights: number[];
}

/** The numbers of an `AvEpoch`, one array per quantity, one value per epoch, rounded to 5 digits. */
export interface AvCurves {
  /** Each part of the loss before its weight. */
  losses: Record<string, number[]>;
  testAccuracy: number[];
  heldOutAccuracy: number[];
  heldOutLoss: number[];
  /** [image, speech] per epoch. */
  weights: number[][];
}

/** A finished training for the tables; JSON. */
export interface AvScores {
  curves: AvCurves;
  /** 1-based epoch with the best test accuracy (how the published numbers were chosen). */
  bestTestEpoch: number;
  /** 1-based epoch with the best held-out accuracy, the lower loss if several tie. */
  chosenEpoch: number;
  /** confusion[true][predicted] on the test pairs at the chosen epoch. */
  confusion: number[][];
  /** Absent in old records. */
  predictions?: RunPredictions;
}

export type AvRun = Run<AvScores>;

const numbers = z.array(z.number());

export const avScoresSchema = z.strictObject({
  curves: z.strictObject({
    losses: z.record(z.string(), numbers),
    testAccuracy: numbers,
    heldOutAccuracy: numbers,
    heldOutLoss: numbers,
    weights: z.array(numbers),
  }),
  bestTestEpoch: z.int().min(1),
  chosenEpoch: z.int().min(1),
  confusion: z.array(numbers),
  predictions: runPredictionsSchema.optional(),
});

export type AvEvent = AvEpoch | { kind: 'done'; run: Trained<AvScores> };

/** The scores of a training that has not started. */
export function noScores(): AvScores {
  const curves: AvCurves = {
    losses: {},
    testAccuracy: [],
    heldOutAccuracy: [],
    heldOutLoss: [],
    weights: [],
  };
  return { curves, bestTestEpoch: 1, chosenEpoch: 1, confusion: [] };
}

const round = (value: number): number => Number(value.toFixed(5));

/** An epoch's numbers without its index. */
export type AvEpochNumbers = Omit<AvEpoch, 'kind' | 'epoch' | 'epochs'>;

/**
 * Records the epoch and updates the best epochs: the first with the highest test
 * accuracy, and the one with the highest held-out accuracy (lower loss if several tie), whose
 * confusion matrix is kept.
 */
export function noteEpoch(
  run: AvScores,
  epoch: number,
  now: AvEpochNumbers,
  confusion: number[][],
): void {
  const { curves } = run;
  for (const [name, loss] of Object.entries(now.losses))
    (curves.losses[name] ??= []).push(round(loss));
  curves.testAccuracy.push(round(now.testAccuracy));
  curves.heldOutAccuracy.push(round(now.heldOutAccuracy));
  curves.heldOutLoss.push(round(now.heldOutLoss));
  if (now.weights.length > 0) curves.weights.push(now.weights.map(round));
  const at = (values: number[], e: number): number => values[e - 1];
  if (at(curves.testAccuracy, epoch) > at(curves.testAccuracy, run.bestTestEpoch))
    run.bestTestEpoch = epoch;
  const gain = at(curves.heldOutAccuracy, epoch) - at(curves.heldOutAccuracy, run.chosenEpoch);
  const lower = at(curves.heldOutLoss, epoch) < at(curves.heldOutLoss, run.chosenEpoch);
  if (epoch === 1 || gain > 0 || (gain === 0 && lower)) {
    run.chosenEpoch = epoch;
    run.confusion = confusion;
  }
}
