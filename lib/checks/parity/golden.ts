/**
 * Reference numbers of another method's code: what it gives, in float64, for weights and inputs by the rule of
 * `filling.ts`, and how far its own float32 is off.
 */
import { z } from 'zod';
import { UserError } from '../../base/errors';
import { showValue } from '../../base/json';

const numbers = z.array(z.number());
const named = z.record(z.string(), z.number());
const perParameter = z.array(z.number().nullable());
const modalities = z.array(z.int().min(0).max(3)).min(1);

const caseSchema = z.object({
  tag: z.string(),
  batch: z.int().min(1),
  crop: z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]),
  /** Numbers of the modalities that are there, for the whole batch or for each sample; their order may matter. */
  available: z.union([modalities, z.array(modalities).min(1)]),
  teachers: modalities.optional(),
  padding: z.enum(['zeros', 'reflect']).optional(),
  variant: z.enum(['original', 'port']).optional(),
  warmup: z.boolean().optional(),
  epoch: z.int().min(0).optional(),
  losses: named,
  outputs: z.record(
    z.string(),
    z.object({
      shape: z.array(z.int().min(1)),
      mean: z.number(),
      std: z.number(),
      /** Flat, in PyTorch's order. */
      index: z.array(z.int().min(0)),
      value: numbers,
    }),
  ),
  grad_total_l2: z.number(),
  /** In the order of `parameters`; null: the loss doesn't reach the parameter. */
  grad_l2: perParameter,
  /** The gradient's inner product with numbers of a stream of the parameter's name. */
  grad_dot: perParameter,
  float32_error: z.object({
    /** Absolute. */
    losses: named,
    outputs_max_abs: named,
    grad_l2_relative: z.object({ median: z.number(), p95: z.number(), max: z.number() }),
    grad_dot_over_l2: z.object({ median: z.number(), max: z.number() }),
  }),
  float64_sensitivity: z.object({ ill_conditioned: named }).optional(),
});

const goldenSchema = z.object({
  rival: z.string(),
  settings: z.record(z.string(), z.unknown()),
  parameter_count: z.int().min(1),
  /** Name and PyTorch's shape. */
  parameters: z.array(z.tuple([z.string(), z.array(z.int().min(1))])).min(1),
  cases: z.array(caseSchema).min(1),
});

export type GoldenCase = z.infer<typeof caseSchema>;
/** What a method is run on: weights and inputs follow from it by the rule. */
export interface RivalCase {
  tag: string;
  batch: number;
  crop: [number, number, number];
  /** Numbers of the modalities that are there, for the whole batch or for each sample; their order may matter. */
  available: number[] | number[][];
  teachers?: number[];
  padding?: 'zeros' | 'reflect';
  variant?: 'original' | 'port';
  warmup?: boolean;
  epoch?: number;
}
export type Golden = z.infer<typeof goldenSchema>;

/** Is the content of a file meant to be of this form? */
export function isGolden(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'rival' in content;
}

/** An error of a file, naming field and value. */
export function goldenFault(file: string, field: string, value: unknown, what: string): UserError {
  return new UserError(`${file}: ${field} is ${showValue(value)}; ${what}`, {
    code: 'BAD_FILE',
    file,
    field,
    value,
  });
}

/** @throws UserError naming the file, and the field that is not of the form */
export function parseGolden(content: unknown, file: string): Golden {
  const result = goldenSchema.safeParse(content);
  if (!result.success) {
    const { path, message } = result.error.issues[0];
    const value = path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      content,
    );
    const what = `${message.replace(/^Invalid input: /, '')}, as in a golden file of a method`;
    throw goldenFault(file, path.join('.'), value, what);
  }
  const golden = result.data;
  const count = golden.parameters.length;
  golden.cases.forEach((one, i) => {
    for (const name of ['grad_l2', 'grad_dot'] as const) {
      const { length } = one[name];
      if (length === count) continue;
      const field = `cases.${i}.${name}.length`;
      throw goldenFault(file, field, length, `it must be the ${count} of parameters`);
    }
  });
  return golden;
}

/** Which modalities each sample has. */
export function availabilityRows({
  available,
  batch,
}: Pick<RivalCase, 'available' | 'batch'>): boolean[][] {
  const rows = Array.isArray(available[0])
    ? (available as number[][])
    : Array.from({ length: batch }, () => available as number[]);
  return rows.map((row) => [0, 1, 2, 3].map((m) => row.includes(m)));
}

/** "case rfnet/a, reflect" */
export function caseName({ tag, padding, variant }: GoldenCase): string {
  return ['case ' + tag, padding, variant].filter(Boolean).join(', ');
}
