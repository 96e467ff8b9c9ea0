/** The settings of the brain-tumour segmentation: their schema, and the presets. */
import { z } from 'zod';
import { MODALITIES } from '../base/modality';
import { bratsMethod, sidesProblem } from './brats-methods';
import {
  AUGMENTATIONS,
  DECAYS,
  type BratsConfig,
  type BratsTrainingConfig,
} from './brats-settings';
import { importanceSchema } from './method';
import { NORMALISATIONS } from '../volume/normalise';

const triple = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]);

const stageSchema = z.strictObject({ until: z.int().min(1), metaEvery: z.int().min(1) });
const maybeStageSchema = stageSchema.extend({ until: z.int().min(0) });

/** The authors' two stages. */
const PAPER_STAGES = {
  stageOne: { until: 80_000, metaEvery: 100 },
  stageTwo: { until: 115_000, metaEvery: 500 },
};

/** A list in the order of `MODALITIES`, so that one subset is one setting. */
const scansSchema = z.union(
  [
    z.enum(['all', 'random']),
    z
      .array(z.enum(MODALITIES))
      .min(1)
      .transform((list) => MODALITIES.filter((modality) => list.includes(modality))),
  ],
  { error: `choose all, random, or a list of ${MODALITIES.join(', ')}` },
);

/** Checks what depends on the method. */
function checkMethod<C extends Pick<BratsTrainingConfig, 'model' | 'width' | 'crop' | 'scans'>>(
  { model, width, crop, scans }: C,
  context: z.RefinementCtx,
): void {
  const method = bratsMethod(model);
  const check = (name: string, input: unknown, message: string | undefined): void => {
    if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message, input });
  };
  check('width', width, method.widthProblem(width));
  const sides = sidesProblem(method, crop);
  check('crop', crop, sides && `${sides} with method ${model}`);
  const one = Array.isArray(scans) && scans.length === 1;
  const several = `should be a list of one scan with method ${model}, which is trained for one, such as ["t1ce"]`;
  check('scans', scans, method.dedicated && !one ? several : undefined);
}

const trainingShape = z.strictObject({
  // Older checkpoints are of the only method that there was.
  model: z.string().default('mckd'),
  width: z.number().gt(0).max(2),
  crop: triple,
  batchSize: z.int().min(1),
  stageOne: maybeStageSchema,
  stageTwo: stageSchema,
  scans: scansSchema,
  learningRate: z.number().gt(0),
  // Checkpoints from before these settings have none.
  decay: z.enum(DECAYS).default('iterations'),
  decayPower: z.number().min(0),
  decayFactor: z.number().gt(0).max(1).default(1),
  epoch: z.int().min(1).default(1),
  optimizer: z.enum(['sgd', 'adam', 'amsgrad']).default('sgd'),
  momentum: z.number().min(0).lt(1),
  weightDecay: z.number().min(0).default(0),
  distillationWeight: z.number().min(0),
  distance: z.enum(['L1', 'MSE']),
  importance: importanceSchema,
  metaRepeats: z.int().min(0),
  // Older checkpoints have the only one that there was.
  normalisation: z.enum(NORMALISATIONS).default('foreground'),
  augmentation: z.enum(AUGMENTATIONS),
  precision: z.enum(['float32', 'bf16']).default('float32'),
  quirks: z.strictObject({
    metaStepDropsModalities: z.boolean(),
    metaStepSkipsFilling: z.boolean(),
    metaStepAugments: z.boolean(),
    subsetSizesEquallyLikely: z.boolean(),
    classCentreMayBeNone: z.boolean(),
    distillsInStageOne: z.boolean(),
  }),
});

export const bratsTrainingSchema = trainingShape.superRefine(checkMethod);

export const bratsSchema = trainingShape
  .extend({
    seeds: z.int().min(1),
    // Checkpoints from before this setting have none.
    ablations: z
      .strictObject({ stageOne: stageSchema, stageTwo: stageSchema, seeds: z.int().min(1) })
      .default({ ...PAPER_STAGES, seeds: 1 }),
    phantom: z.strictObject({ cases: z.int().min(1), size: triple, seed: z.int() }),
  })
  .superRefine(checkMethod);

/** Settings as older versions wrote them, in the current form. */
export function fromOlderBrats(settings: object): object {
  const { dropsModalities, ...rest } = settings as { dropsModalities?: boolean };
  return dropsModalities === undefined
    ? rest
    : { scans: dropsModalities ? 'random' : 'all', ...rest };
}

/** Settings of experiments: what a single training gives does not depend on them. */
const OF_EXPERIMENTS: readonly string[] = ['seeds', 'ablations', 'phantom'];

/** What a single training depends on, of all settings of the segmentation. */
export function trainingSettings(settings: BratsTrainingConfig): BratsTrainingConfig {
  const own = Object.entries(settings).filter(([name]) => !OF_EXPERIMENTS.includes(name));
  return Object.fromEntries(own) as unknown as BratsTrainingConfig;
}

/** The authors' run: one GPU, 115,000 iterations. */
export const paperBrats: BratsConfig = {
  model: 'mckd',
  width: 1,
  crop: [80, 160, 160],
  batchSize: 2,
  ...PAPER_STAGES,
  scans: 'random',
  learningRate: 1e-2,
  decay: 'iterations',
  decayPower: 0.9,
  decayFactor: 1,
  epoch: 1,
  optimizer: 'sgd',
  momentum: 0.99,
  weightDecay: 0,
  distillationWeight: 0.1,
  distance: 'L1',
  importance: {
    normalisation: 'softmax',
    initial: 'random',
    optimizer: 'adam',
    learningRate: 1e-2,
    weightDecay: 5e-4,
  },
  metaRepeats: 4,
  normalisation: 'foreground',
  augmentation: 'paper',
  precision: 'float32',
  quirks: {
    metaStepDropsModalities: true,
    metaStepSkipsFilling: true,
    metaStepAugments: true,
    subsetSizesEquallyLikely: true,
    classCentreMayBeNone: true,
    distillsInStageOne: true,
  },
  seeds: 1,
  ablations: { ...PAPER_STAGES, seeds: 1 },
  phantom: { cases: 351, size: [240, 240, 155], seed: 0 },
};

/** The crop of a method's preset `paper`. */
export const authorsCrop = (method: string): BratsTrainingConfig['crop'] =>
  bratsMethod(method).recipe.paper.crop ?? paperBrats.crop;

/** Seconds: every code path once. */
export const smokeBrats = {
  width: 1 / 16,
  crop: [32, 32, 32],
  batchSize: 1,
  stageOne: { until: 4, metaEvery: 2 },
  stageTwo: { until: 8, metaEvery: 3 },
  metaRepeats: 1,
  ablations: { stageOne: { until: 4, metaEvery: 2 }, stageTwo: { until: 8, metaEvery: 3 } },
  phantom: { cases: 12, size: [32, 32, 32] },
};

/** At most 3 minutes per training on 2 cores. */
export const quickBrats = {
  width: 1 / 8,
  crop: [32, 64, 64],
  batchSize: 1,
  // With 200 and 400 the learning rate falls too early: some trainings never find the tumours.
  stageOne: { until: 350, metaEvery: 50 },
  stageTwo: { until: 700, metaEvery: 50 },
  metaRepeats: 1,
  // The authors' 0.1 makes the features of such short trainings collapse: they no longer depend on the scan;
  // of 0.001, 0.01 and 0.1 this did best in ET and TC on meta-validation cases (lib/recorded/brats-settings.json).
  distillationWeight: 0.01,
  ablations: { stageOne: { until: 75, metaEvery: 25 }, stageTwo: { until: 150, metaEvery: 25 } },
  phantom: { cases: 60, size: [64, 64, 48] },
};

/** At most 12 minutes per training on 2 cores. */
export const standardBrats = {
  ...quickBrats,
  stageOne: { until: 600, metaEvery: 50 },
  stageTwo: { until: 1500, metaEvery: 50 },
  seeds: 3,
  ablations: {
    stageOne: { until: 280, metaEvery: 50 },
    stageTwo: { until: 700, metaEvery: 50 },
    seeds: 3,
  },
  phantom: { cases: 200, size: [64, 64, 48] },
};
