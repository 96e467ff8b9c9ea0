/**
 * Reference numbers of SMIL's code for Audiovision-MNIST, in float64 and float32, for weights, inputs, noise and dropout masks
 * by the rule of `filling.ts`, each name after the file's prefix; of k-means; and of the kit's reading of ShaSpec.
 */
import { z } from 'zod';
import { UserError } from '../../../base/errors';
import { showValue } from '../../../base/json';

const numbers = z.array(z.number());

/** Of a tensor: 16 values at places that the rule draws, in PyTorch's order. */
const summary = z.strictObject({
  shape: z.array(z.int().min(1)),
  mean: z.number(),
  /** Of the population. */
  std: z.number(),
  sampled: numbers,
});

/** Of a parameter or its gradient; null: the loss doesn't reach it. */
const facts = z.strictObject({ norm: z.number(), sampled: numbers }).nullable();
const perParameter = z.record(z.string(), facts);
const outputs = z.record(z.string(), summary);

const losses = z.object({
  metaTrainLoss: z.number(),
  metaValLoss: z.number(),
  parts: z.record(z.string(), z.number()).optional(),
  innerGradients: perParameter.optional(),
  outerGradients: perParameter.optional(),
  outerGradientsEncoder: perParameter.optional(),
  /** Parameters after the step. */
  after: perParameter.optional(),
  logitsTrain: summary.optional(),
  logitsNoised: summary.optional(),
  logitsClean: summary.optional(),
  reconstructedSpeech: summary.optional(),
});

const numbersOf = z.object({
  forward: z.record(z.string(), outputs).optional(),
  metaStep: losses.optional(),
  metaStepFirstOrder: losses.optional(),
  metaStepWithDropout: losses.optional(),
  trajectory: z.array(losses).optional(),
});

const reading = z.object({
  completePairs: z.array(z.boolean()).min(2),
  logits: summary,
  task: z.number(),
  distributionAlignment: z.number(),
  domainClassification: z.number(),
  total: z.number(),
  gradients: perParameter,
  parameters: z.int(),
});

const schema = z.object({
  prefix: z.string(),
  /** PyTorch's shapes. */
  parameters: z.record(z.string(), z.array(z.int().min(1))),
  float64: numbersOf,
  float32: numbersOf,
  kmeans: z
    .object({
      inertia: z.number(),
      firstCoordinates: numbers,
      norm: z.number(),
      sizes: z.array(z.int()),
    })
    .optional(),
  ourReadingShaSpec: z.object({ float64: reading, float32: reading }).optional(),
});

export type SmilGolden = z.infer<typeof schema>;
export type SmilNumbers = z.infer<typeof numbersOf>;
export type MetaNumbers = z.infer<typeof losses>;
export type Summary = z.infer<typeof summary>;
export type Facts = z.infer<typeof facts>;
export type ReadingNumbers = z.infer<typeof reading>;

/** Is the content of a file meant to be of this form? */
export function isSmilGolden(content: unknown): boolean {
  return (
    typeof content === 'object' &&
    content !== null &&
    ('ourReadingShaSpec' in content || 'prefix' in content)
  );
}

/** @throws UserError naming the file, and the field that is not of the form */
export function parseSmilGolden(content: unknown, file: string): SmilGolden {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  const field = path.join('.');
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    content,
  );
  throw new UserError(
    `${file}: ${field} is ${showValue(value)}; ${message.replace(/^Invalid input: /, '')}, as in a golden file of SMIL`,
    { code: 'BAD_FILE', file, field, value },
  );
}
