/** A training's records in its folder: `run.json` and the lines of the log, with their schemas. */
import { z } from 'zod';
import { MODALITIES, MODALITY_SUBSETS } from '../base/modality';
import { REGIONS } from '../datasets/brats/regions';
import type { Run } from '../experiment/experiment';
import type { SubsetScores } from './evaluate';
import type { NetworkSize } from './network-size';
import type { BratsStepEvent } from './train';

/** A finished training for the tables; JSON. */
export interface BratsScores {
  /** Case -> Dice[15][ET, WT, TC], after the last step (no early stopping). */
  test: Record<string, SubsetScores>;
  /** The same of the meta-validation cases, for choosing settings. */
  metaValidation: Record<string, SubsetScores>;
  /** Of the test cases, HD95 in mm, as Dice; older records have none. */
  hd95?: Record<string, SubsetScores>;
  /** Of the test cases, expected calibration error[15], mean over the regions; older records have none. */
  calibration?: Record<string, number[]>;
  /** Of the network; older records have none. */
  network?: NetworkSize;
  /** Means over `stride` steps each, of each part of the loss before its weight. */
  curves: { stride: number; losses: Record<string, number[]> };
  /** Of MCKD, after each meta event: the step, and w of FLAIR, T1, T1ce, T2. */
  weights: { step: number; w: number[] }[];
}

export type BratsRun = Run<BratsScores>;

/** Case -> Dice[15][ET, WT, TC]. */
const scores = z.record(
  z.string(),
  z.array(z.array(z.number()).length(REGIONS.length)).length(MODALITY_SUBSETS.length),
);

/** w of FLAIR, T1, T1ce, T2. */
const weights = z.array(z.number()).length(MODALITIES.length);

export const bratsScoresSchema = z.strictObject({
  test: scores,
  metaValidation: scores,
  hd95: scores.optional(),
  calibration: z.record(z.string(), z.array(z.number()).length(MODALITY_SUBSETS.length)).optional(),
  network: z.strictObject({ parameters: z.int(), multiplyAdds: z.number() }).optional(),
  curves: z.strictObject({
    stride: z.int().min(1),
    losses: z.record(z.string(), z.array(z.number())),
  }),
  weights: z.array(z.strictObject({ step: z.int(), w: weights })),
});

/** A line of the log. */
export type LogLine = Pick<
  BratsStepEvent,
  'step' | 'stage' | 'iteration' | 'learningRate' | 'present' | 'cases' | 'losses' | 'meta'
>;

/** What a model logs after the step: MCKD's meta step these, others anything. */
const metaSchema = z.looseObject({
  loss: z.number().optional(),
  weights: weights.optional(),
  featureDistance: z
    .strictObject({ l1: z.number(), l2: z.number(), cosine: z.number() })
    .optional(),
});

/** A line of `log.jsonl`, with the parts of the loss at the top level. */
export const logLineSchema = z
  .strictObject({
    step: z.int(),
    stage: z.literal([1, 2]),
    iteration: z.int(),
    learningRate: z.number(),
    present: z.array(z.enum(MODALITIES)),
    cases: z.array(z.string()),
    meta: metaSchema.optional(),
  })
  .catchall(z.number())
  .transform(
    ({ step, stage, iteration, learningRate, present, cases, meta, ...losses }): LogLine => ({
      ...{ step, stage, iteration, learningRate, present, cases, losses },
      ...(meta ? { meta } : {}),
    }),
  );
