/**
 * Reference numbers of the authors' PyTorch code: its results, in float64 and in float32, for weights
 * and inputs that can be regenerated (`filling.ts`). The distance between the two is the tolerance of
 * float32 arithmetic.
 */
import { z } from 'zod';
import { UserError } from '../../base/errors';
import { readJson } from '../../base/json';
import { shippedFile } from '../../base/shipped-file';
import { isGolden, parseGolden, type Golden } from './golden';
import { isSmilGolden, parseSmilGolden, type SmilGolden } from './smil/form';

const numbers = z.array(z.number());
const samples = z.object({ index: z.array(z.int().min(0)), value: numbers });

const caseSchema = z.object({
  tag: z.string(),
  batch: z.int().min(1),
  crop: z.tuple([z.int(), z.int(), z.int()]),
  /** Indices into `MODALITIES`. */
  available: z.array(z.int().min(0).max(3)).min(1),
  /** At flat indices of the [N, 3, D, H, W] array. */
  logits: samples.extend({ mean: z.number(), std: z.number() }),
  dice_loss: z.number(),
  bce_loss: z.number(),
  kd_loss: z.number(),
  total_loss: z.number(),
  /** d total / d parameter, sampled at flat indices of PyTorch's layout. */
  grad: z.record(z.string(), samples.extend({ l2: z.number() })),
  /** The meta forward: complete modalities, features times importance weights. */
  meta: z.object({ val_loss: z.number(), grad_importance: numbers, logits: samples }),
});

const trajectorySchema = z.object({
  tag: z.string(),
  batch: z.int().min(1),
  crop: z.tuple([z.int(), z.int(), z.int()]),
  num_steps: z.int(),
  power: z.number(),
  lr: z.number(),
  momentum: z.number(),
  nesterov: z.boolean(),
  kd_weight: z.number(),
  importance_adam: z.object({ lr: z.number(), weight_decay: z.number() }),
  meta_every: z.int().min(1),
  steps: z.array(
    z.object({
      step: z.int(),
      available: z.array(z.int().min(0).max(3)).min(1),
      seg_loss: z.number(),
      kd_loss: z.number(),
      meta_val_loss: z.number().optional(),
      importance_logits: numbers.optional(),
    }),
  ),
});

const both = <T extends z.ZodType>(
  schema: T,
): z.ZodObject<{ float64: z.ZodArray<T>; float32: z.ZodArray<T> }> =>
  z.object({ float64: z.array(schema), float32: z.array(schema) });

const referenceSchema = both(caseSchema).extend({
  trajectory: z.object({ float64: trajectorySchema, float32: trajectorySchema }).optional(),
  parameters: z.record(z.string(), z.array(z.int())),
});

export type ReferenceCase = z.infer<typeof caseSchema>;
export type ReferenceTrajectory = z.infer<typeof trajectorySchema>;
export type Reference = z.infer<typeof referenceSchema>;

/** The kit's own copy. */
export function referenceFile(): string {
  return shippedFile('checks', 'parity', 'brats-mckd.json');
}

/** Reference numbers with the file that they are of. */
export interface ParityFile {
  file: string;
  content: Reference | Golden | SmilGolden;
}

/**
 * Reads reference numbers of MCKD's authors' code, or a golden file of another method.
 * @throws UserError naming the file, and the field of another format
 */
export function readParityFile(file: string = referenceFile()): ParityFile {
  const content = contentOf(file);
  if (isSmilGolden(content)) return { file, content: parseSmilGolden(content, file) };
  return {
    file,
    content: isGolden(content) ? parseGolden(content, file) : parseReference(content, file),
  };
}

/** @throws UserError naming the file and the field of another format */
export function readReference(file: string = referenceFile()): Reference {
  return parseReference(contentOf(file), file);
}

function fault(file: string, what: string, field?: string): UserError {
  return new UserError(
    `${file}: ${what}; give a file in the format of lib/checks/parity/brats-mckd.json`,
    { code: 'BAD_FILE', file, field },
  );
}

function contentOf(file: string): unknown {
  try {
    return readJson(file);
  } catch (error) {
    throw fault(file, (error as Error).message);
  }
}

function parseReference(content: unknown, file: string): Reference {
  const result = referenceSchema.safeParse(content);
  if (!result.success) {
    const { path, message } = result.error.issues[0];
    throw fault(file, `${path.join('.')}: ${message}`, path.join('.'));
  }
  if (result.data.float32.length !== result.data.float64.length) {
    throw fault(file, 'float32 and float64 have different numbers of cases', 'float32');
  }
  return result.data;
}
