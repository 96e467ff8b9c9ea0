/**
 * The one way to build a run: a named preset, and overrides that are checked against it.
 * Notebooks, commands and tests all call `buildConfig`; an unknown key or a wrong type is an error.
 */
import { z } from 'zod';
import { ReaderError } from './errors';

/** `smoke`: seconds, for tests. `quick`: what `npm start` runs. `standard`: hours on a CPU. `paper`: the paper's own. */
export const PRESET_NAMES = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** How the learned numbers become weights: w = softmax(theta), sigmoid(theta), or theta itself. */
export type WeightNormalisation = 'softmax' | 'sigmoid' | 'raw';

/** The distance that distillation closes: mean |f_i - f_j| or mean (f_i - f_j)^2. */
export type DistillationDistance = 'L1' | 'MSE';

/** The meta-learned importance weights (the paper's IWV). */
export interface ImportanceConfig {
  normalisation: WeightNormalisation;
  /** `random`: U(0, 1) as the authors' code; `equal`: all ones. */
  initial: 'random' | 'equal';
  /** Adam step of theta_w; 0 keeps the weights where they start. */
  learningRate: number;
  /** L2 weight decay of theta_w, added to its gradient. */
  weightDecay: number;
  /** A meta event happens after every so many epochs ... */
  eventEveryEpochs: number;
  /** ... and is this many Adam steps on the held-back pairs. */
  stepsPerEvent: number;
}

/** Audiovision-MNIST. Where the protocol is not published, the docstring says "our choice". */
export interface AvMnistConfig {
  /** Runs per cell: seeds 0..seeds-1 on top of the run's seed. */
  seeds: number;
  /** Passes over the training pairs (published: 60). */
  epochs: number;
  /** Pairs a step (our choice; not published for the accuracy runs). */
  batchSize: number;
  /** Shares of the training pairs that keep the scarce modality (published: 5, 10, 15, 20 %). */
  rates: number[];
  /** Which modality is scarce in training and absent at test. */
  scarce: ('speech' | 'image')[];
  /** Size of the feature that image and speech share (our choice). */
  featureSize: number;
  /** Units of the first of the two fully connected layers (64 in the fusion network of the paper line). */
  hiddenSize: number;
  /** Dropout between the two fully connected layers (0.6 in the fusion network of the paper line). */
  headDropout: number;
  /** Adam's step (published: 1e-3). */
  learningRate: number;
  /** L2 weight decay, added to the gradient (published: 1e-2). */
  weightDecay: number;
  /** The step is multiplied by this (published: 0.9) ... */
  decayFactor: number;
  /** ... every so many epochs (published: 20). */
  decayEveryEpochs: number;
  /** alpha in L = L_task + alpha * L_distillation (authors' code: 0.1). */
  distillationWeight: number;
  distance: DistillationDistance;
  /** Share of each digit's training pairs held back for the meta step and for choosing the epoch (our choice). */
  heldBackShare: number;
  importance: ImportanceConfig;
}

export interface Config {
  preset: PresetName;
  /** The root of every random stream. */
  seed: number;
  avMnist: AvMnistConfig;
}

const importanceSchema = z.strictObject({
  normalisation: z.enum(['softmax', 'sigmoid', 'raw']),
  initial: z.enum(['random', 'equal']),
  learningRate: z.number().min(0),
  weightDecay: z.number().min(0),
  eventEveryEpochs: z.int().min(1),
  stepsPerEvent: z.int().min(0),
});

const avMnistSchema = z.strictObject({
  seeds: z.int().min(1),
  epochs: z.int().min(1),
  batchSize: z.int().min(2),
  rates: z.array(z.number().gt(0).max(1)).min(1),
  scarce: z.array(z.enum(['speech', 'image'])).min(1),
  featureSize: z.int().min(1),
  hiddenSize: z.int().min(1),
  headDropout: z.number().min(0).lt(1),
  learningRate: z.number().gt(0),
  weightDecay: z.number().min(0),
  decayFactor: z.number().gt(0).max(1),
  decayEveryEpochs: z.int().min(1),
  distillationWeight: z.number().min(0),
  distance: z.enum(['L1', 'MSE']),
  heldBackShare: z.number().gt(0).max(0.5),
  importance: importanceSchema,
});

const configSchema = z.strictObject({
  preset: z.enum(PRESET_NAMES),
  seed: z.int(),
  avMnist: avMnistSchema,
});

const paper: Config = {
  preset: 'paper',
  seed: 0,
  avMnist: {
    seeds: 10,
    epochs: 60,
    batchSize: 32,
    rates: [0.05, 0.1, 0.15, 0.2],
    scarce: ['speech', 'image'],
    featureSize: 160,
    hiddenSize: 64,
    headDropout: 0.6,
    learningRate: 1e-3,
    weightDecay: 1e-2,
    decayFactor: 0.9,
    decayEveryEpochs: 20,
    distillationWeight: 0.1,
    distance: 'L1',
    heldBackShare: 0.1,
    importance: {
      normalisation: 'softmax',
      initial: 'random',
      learningRate: 1e-2,
      weightDecay: 5e-4,
      eventEveryEpochs: 1,
      stepsPerEvent: 5,
    },
  },
};

/** What each preset changes of `paper`: less of it, never something else. */
const PRESETS: Record<PresetName, unknown> = {
  smoke: { avMnist: { seeds: 1, epochs: 1, rates: [0.1] } },
  quick: { avMnist: { seeds: 2, epochs: 15 } },
  standard: { avMnist: { seeds: 3 } },
  paper: {},
};

/**
 * The frozen config of a preset with overrides laid over it.
 * @throws ReaderError naming the field and the value, for an unknown preset, key or type.
 */
export function buildConfig(preset: string = 'quick', overrides: unknown = {}): Config {
  if (!PRESET_NAMES.includes(preset as PresetName)) {
    throw new ReaderError(`preset is "${preset}"; choose one of ${PRESET_NAMES.join(', ')}`, {
      field: 'preset',
      value: preset,
    });
  }
  const changes = PRESETS[preset as PresetName];
  const merged = merge(merge(merge(paper, changes), overrides), { preset });
  const result = configSchema.safeParse(merged);
  if (!result.success) throw configError(result.error.issues[0], merged);
  return deepFreeze(result.data);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    result[key] = key in base ? merge(base[key], value) : value;
  }
  return result;
}

function configError(issue: z.core.$ZodIssue, config: unknown): ReaderError {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const field = [...path, issue.keys[0]].join('.');
    const value = valueAt(config, [...path, issue.keys[0]]);
    return new ReaderError(
      `config key ${field} (value ${JSON.stringify(value)}) is unknown; known keys here: ` +
        Object.keys(valueAt(paper, path) as object).join(', '),
      { field, value },
    );
  }
  const field = path.join('.');
  const value = valueAt(config, path);
  return new ReaderError(`config ${field} is ${JSON.stringify(value)}: ${issue.message}`, {
    field,
    value,
  });
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    value,
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
