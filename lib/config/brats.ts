/** Settings of the brain-tumour segmentation. */
import { z } from 'zod';
import { MODALITIES, type Modality } from '../base/modality';
import { widthProblem } from '../models/segmentation-layers';
import { importanceSchema, type DistillationDistance, type ImportanceConfig } from './method';

/**
 * What the authors' code does and the paper's text does not say, one switch each. `true` is the
 * code (preset `paper`); what `false` does stands beside it.
 */
export interface BratsQuirks {
  /** In stage two the meta step, too, drops modalities at random. `false`: it always sees all four. */
  metaStepDropsModalities: boolean;
  /**
   * In the meta step a dropped modality enters as w_m encoder(0): the weighting overwrites the filling.
   * `false`: as w_m times the filled mean.
   */
  metaStepSkipsFilling: boolean;
  /** Meta-validation reads augmented random crops. `false`: crops without augmentation. */
  metaStepAugments: boolean;
  /** The size of a random subset is uniform in 1..4. `false`: the 15 subsets are equally likely. */
  subsetSizesEquallyLikely: boolean;
  /** One class-centred crop in four is centred on no class. `false`: ET, WT or TC (MetaKD's code). */
  classCentreMayBeNone: boolean;
  /** Distillation works in stage one, too. `false`: in stage two alone. */
  distillsInStageOne: boolean;
}

/** One of the two stages of training. */
export interface BratsStage {
  /** The iteration at which the stage ends; the learning rate reaches 0 there. */
  until: number;
  /** A meta event comes after each iteration divisible by this. */
  metaEvery: number;
}

/** Trainings of the ablations: one per setting, so shorter ones. */
export interface BratsAblations {
  stageOne: BratsStage;
  stageTwo: BratsStage;
  /** Seeds 0..seeds-1 on top of the run's seed. */
  seeds: number;
}

/** All settings that one training depends on. */
export interface BratsTrainingConfig {
  /** The method's name (`lib/brats/models`). */
  model: string;
  /** Share of the authors' channels: 1 is their network. */
  width: number;
  /** Crop, in voxels: depth (a multiple of 16), height, width (multiples of 32). */
  crop: [number, number, number];
  batchSize: number;
  /** All four scans (the authors' warm-up). */
  stageOne: BratsStage;
  /** Random subsets; starts with stage one's last iteration, as the authors' restart does. */
  stageTwo: BratsStage;
  /**
   * The modalities that a step has: `all`; `random`: all in stage one, a random subset per step in stage two; or the same
   * few throughout, as a network dedicated to them is trained.
   */
  scans: 'all' | 'random' | readonly Modality[];
  /** lr (1 - iteration / until)^decayPower. */
  learningRate: number;
  decayPower: number;
  /** Nesterov. */
  momentum: number;
  /** alpha in L = Dice + BCE + alpha L_KD; 0 leaves distillation and the meta step out. */
  distillationWeight: number;
  distance: DistillationDistance;
  importance: ImportanceConfig;
  /** Passes of a meta event over the meta-validation cases, one step of theta_w per case; 0: no meta events. */
  metaRepeats: number;
  /** Random crops and the nine augmentation steps, or plain random crops. */
  augmentation: 'paper' | 'none';
  quirks: BratsQuirks;
}

/** The training, the seeds, the ablations and the phantoms. */
export interface BratsConfig extends BratsTrainingConfig {
  /** Seeds 0..seeds-1 on top of the run's seed. */
  seeds: number;
  ablations: BratsAblations;
  /** Synthetic phantoms used when BraTS is not available. */
  phantom: { cases: number; size: [number, number, number]; seed: number };
}

const triple = z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)]);

const cropSchema = triple.refine(
  ([depth, height, width]) => depth % 16 === 0 && height % 32 === 0 && width % 32 === 0,
  'depth should be a multiple of 16, height and width of 32',
);

const stageSchema = z.strictObject({ until: z.int().min(1), metaEvery: z.int().min(1) });

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

export const bratsTrainingSchema = z.strictObject({
  // Older checkpoints are of the only method that there was.
  model: z.string().default('mckd'),
  width: z
    .number()
    .gt(0)
    .max(2)
    .refine((width) => !widthProblem(width), {
      error: ({ input }) => widthProblem(input as number),
    }),
  crop: cropSchema,
  batchSize: z.int().min(1),
  stageOne: stageSchema,
  stageTwo: stageSchema,
  scans: scansSchema,
  learningRate: z.number().gt(0),
  decayPower: z.number().min(0),
  momentum: z.number().min(0).lt(1),
  distillationWeight: z.number().min(0),
  distance: z.enum(['L1', 'MSE']),
  importance: importanceSchema,
  metaRepeats: z.int().min(0),
  augmentation: z.enum(['paper', 'none']),
  quirks: z.strictObject({
    metaStepDropsModalities: z.boolean(),
    metaStepSkipsFilling: z.boolean(),
    metaStepAugments: z.boolean(),
    subsetSizesEquallyLikely: z.boolean(),
    classCentreMayBeNone: z.boolean(),
    distillsInStageOne: z.boolean(),
  }),
});

export const bratsSchema = bratsTrainingSchema.extend({
  seeds: z.int().min(1),
  // Checkpoints from before this setting have none.
  ablations: z
    .strictObject({ stageOne: stageSchema, stageTwo: stageSchema, seeds: z.int().min(1) })
    .default({ ...PAPER_STAGES, seeds: 1 }),
  phantom: z.strictObject({ cases: z.int().min(1), size: triple, seed: z.int() }),
});

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
  decayPower: 0.9,
  momentum: 0.99,
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
  augmentation: 'paper',
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
