/** Schemas of what a training of the segmentation leaves in its folder: `run.json`, and a line of the log. */
import { z } from 'zod';
import { MODALITIES, MODALITY_SUBSETS } from '../modality';
import { codeSchema } from '../numerics';
import { REGIONS } from '../data/brats';
import type { LogLine } from './run-log';
import type { BratsRun } from './task';

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
