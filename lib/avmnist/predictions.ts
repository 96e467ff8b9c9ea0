/** Which samples a network gets wrong, and what it takes them for: kept with a run, to pair runs sample by sample. */
import { z } from 'zod';
import type { AvModality } from '../config';

/**
 * The wrong predictions in the order of the samples, a number each: ten times the count of right ones since the previous
 * wrong one, plus the predicted class.
 */
export type WrongPredictions = number[];

/** Of one network on one set of samples, at two epochs. */
export interface AvPredictions {
  /** How many samples were classified. */
  count: number;
  last: WrongPredictions;
  /** At the epoch chosen on held-out pairs. */
  chosen: WrongPredictions;
}

/** Of a run. */
export interface RunPredictions {
  /** The test pairs, under the test condition. */
  pairs: AvPredictions;
  /** Samples without a partner; absent where a method is tested with both modalities, and where the data have none. */
  alone?: AvPredictions & {
    modality: AvModality;
    /** What they are, for captions. */
    description: string;
  };
}

const wrongSchema = z.array(z.int().min(0));

const predictionsShape = { count: z.int().min(1), last: wrongSchema, chosen: wrongSchema };

const fits = ({ count, last, chosen }: AvPredictions): boolean =>
  [last, chosen].every((wrong) => positionsOf(wrong).every((n) => n < count));

const misfit = 'names more samples than its count';

export const runPredictionsSchema: z.ZodType<RunPredictions> = z.strictObject({
  pairs: z.strictObject(predictionsShape).refine(fits, misfit),
  alone: z
    .strictObject({
      ...predictionsShape,
      modality: z.enum(['image', 'speech']),
      description: z.string(),
    })
    .refine(fits, misfit)
    .optional(),
});

/** @param truth, predicted: classes 0..9, [N] */
export function wrongPredictions(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
): WrongPredictions {
  const wrong: WrongPredictions = [];
  let right = 0;
  for (let n = 0; n < truth.length; n++) {
    if (predicted[n] === truth[n]) right += 1;
    else {
      wrong.push(10 * right + predicted[n]);
      right = 0;
    }
  }
  return wrong;
}

/** Indices of the wrongly predicted samples, rising. */
export function positionsOf(wrong: WrongPredictions): number[] {
  let next = 0;
  return wrong.map((code) => {
    const position = next + Math.floor(code / 10);
    next = position + 1;
    return position;
  });
}

/** 1 where the sample's prediction is right, else 0: [count]. */
export function rightOnes(count: number, wrong: WrongPredictions): Uint8Array {
  const right = new Uint8Array(count).fill(1);
  for (const position of positionsOf(wrong)) right[position] = 0;
  return right;
}
