/** Schemas of what a training of the segmentation leaves in its folder: `run.json`, and a line of the log. */
import { z } from 'zod';
import { MODALITIES, MODALITY_SUBSETS } from '../base/modality';
import { codeSchema, type CodeState } from '../experiment/code-state';
import { REGIONS } from '../datasets/brats';
import type { SubsetScores } from './evaluate';
import type { BratsStepEvent } from './train';

/** One training. */
export interface BratsTask {
  /** Key of a method. */
  method: string;
  seed: number;
}

/** All that the tables need of a finished training; JSON. */
export interface BratsRun extends BratsTask {
  /** Case -> Dice[15][ET, WT, TC], after the last step (no choice of a step). */
  test: Record<string, SubsetScores>;
  /** The same of the meta-validation cases, for choosing settings. */
  metaValidation: Record<string, SubsetScores>;
  /** Means over stretches of `stride` steps. */
  curves: { stride: number; dice: number[]; crossEntropy: number[]; distillation: number[] };
  /** After each meta event: the step, and w of FLAIR, T1, T1ce, T2. */
  weights: { step: number; w: number[] }[];
  /** Of TensorFlow, in the process that ended it; runs recorded before there was this had one. */
  threads?: number;
  /** Of training, undefined where no step's is known; and of the evaluation. */
  seconds: { training?: number; evaluation: number };
  /** SHA-256 of the checkpoint's file; runs recorded before there was this have none. */
  checkpointSha256?: string;
  /** What made it; runs recorded before there was this have none. */
  code?: CodeState;
}

/** A line of the log. */
export type LogLine = Pick<
  BratsStepEvent,
  | 'step'
  | 'stage'
  | 'iteration'
  | 'learningRate'
  | 'present'
  | 'cases'
  | 'dice'
  | 'crossEntropy'
  | 'distillation'
  | 'meta'
>;

/** Case -> Dice[15][ET, WT, TC]. */
const scores = z.record(
  z.string(),
  z.array(z.array(z.number()).length(REGIONS.length)).length(MODALITY_SUBSETS.length),
);

/** w of FLAIR, T1, T1ce, T2. */
const weights = z.array(z.number()).length(MODALITIES.length);

/** `run.json`, and a line of a recorded `runs.jsonl`. */
export const bratsRunSchema: z.ZodType<BratsRun> = z.strictObject({
  method: z.string(),
  seed: z.int(),
  test: scores,
  metaValidation: scores,
  curves: z.strictObject({
    stride: z.int().min(1),
    dice: z.array(z.number()),
    crossEntropy: z.array(z.number()),
    distillation: z.array(z.number()),
  }),
  weights: z.array(z.strictObject({ step: z.int(), w: weights })),
  threads: z.int().min(1).optional(),
  seconds: z.strictObject({ training: z.number().optional(), evaluation: z.number() }),
  checkpointSha256: z.string().optional(),
  code: codeSchema.optional(),
});

/** A line of `log.jsonl`. */
export const logLineSchema: z.ZodType<LogLine> = z.strictObject({
  step: z.int(),
  stage: z.literal([1, 2]),
  iteration: z.int(),
  learningRate: z.number(),
  present: z.array(z.enum(MODALITIES)),
  cases: z.array(z.string()),
  dice: z.number(),
  crossEntropy: z.number(),
  distillation: z.number(),
  meta: z
    .strictObject({
      loss: z.number(),
      weights,
      featureDistance: z.strictObject({ l1: z.number(), l2: z.number(), cosine: z.number() }),
    })
    .optional(),
});
