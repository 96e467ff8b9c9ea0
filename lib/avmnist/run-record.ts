/** The schema of a finished run of Audiovision-MNIST: its file in the results, or a line of a recorded `runs.jsonl`. */
import { z } from 'zod';
import { codeSchema } from '../experiment/code-state';
import { AV_METHODS, AV_MODALITIES } from './task';
import type { AvRun } from './run';

const numbers = z.array(z.number());

export const avRunSchema: z.ZodType<AvRun> = z.strictObject({
  method: z.enum(AV_METHODS),
  scarce: z.enum(AV_MODALITIES),
  rate: z.number(),
  seed: z.int(),
  curves: z.strictObject({
    taskLoss: numbers,
    distillationLoss: numbers,
    testAccuracy: numbers,
    heldBackAccuracy: numbers,
    heldBackLoss: numbers,
    weights: z.array(numbers),
  }),
  bestTestEpoch: z.int().min(1),
  chosenEpoch: z.int().min(1),
  confusion: z.array(numbers),
  seconds: z.number(),
  code: codeSchema.optional(),
});
