/** Settings of Audiovision-MNIST. */
import { z } from 'zod';
import { importanceSchema, type DistillationDistance, type ImportanceConfig } from './method';

/** Image is modality 0, speech modality 1. */
export const AV_MODALITIES = ['image', 'speech'] as const;
export type AvModality = (typeof AV_MODALITIES)[number];

/** Of the published tables. */
export const AV_RIVALS = ['shaspec', 'full2miss', 'autoEncoder', 'gan', 'smil'] as const;

/**
 * The rows. `lowerBound`: the plentiful modality alone. `upperBound`: both, complete, in training and
 * at test. The next three share one network and differ in nothing but the distillation term:
 * none, with equal weights, with meta-learned weights. The rest are the rivals of the tables: `smil` as its authors' code does
 * it; `shaspec` and `full2miss` by their papers, `autoEncoder` and `gan` by their names, each in our reading.
 */
export const AV_METHODS = [
  'lowerBound',
  'upperBound',
  'noDistillation',
  'equalWeights',
  'mckd',
  ...AV_RIVALS,
] as const;
export type AvMethod = (typeof AV_METHODS)[number];

/** How the encoders start: fresh, or each from a net trained alone on its modality first, by SMIL's schedules. */
export type AvPretraining = 'none' | 'each';

export type DistillationMean = 'batch' | 'completePairs';

export interface AvImportanceConfig extends ImportanceConfig {
  /** A meta event happens after every so many epochs ... */
  eventEveryEpochs: number;
  /** ... and is this many steps of theta_w on the held-out pairs. */
  stepsPerEvent: number;
}

/**
 * All settings that one training of Audiovision-MNIST depends on. Where the protocol is not published, the docstring says
 * "our choice".
 */
export interface AvTrainingConfig {
  /** What is trained: see `AV_METHODS`. */
  method: AvMethod;
  /** Scarce in training and absent at test; the other one is plentiful. */
  scarce: AvModality;
  /** Share of the training pairs that keep the scarce modality, in (0, 1]. */
  rate: number;
  /** Passes over the training pairs (published: 60). */
  epochs: number;
  /** Batch size: pairs per step (our choice; not published for the accuracy runs). */
  batchSize: number;
  /** Size of the feature that image and speech share (our choice). */
  featureSize: number;
  /** Units of the first of the two fully connected layers (64 in the fusion network of SMIL). */
  hiddenSize: number;
  /** Dropout between the two fully connected layers (0.6 in the fusion network of SMIL). */
  headDropout: number;
  /** Adam's learning rate (published: 1e-3). */
  learningRate: number;
  /** L2 weight decay, added to the gradient (published: 1e-2). */
  weightDecay: number;
  /** The learning rate is multiplied by this (published: 0.9) ... */
  decayFactor: number;
  /** ... every so many epochs (published: 20). */
  decayEveryEpochs: number;
  /** alpha in L = L_task + alpha * L_distillation (authors' code: 0.1). */
  distillationWeight: number;
  distance: DistillationDistance;
  /**
   * What the distillation term is the mean over: all pairs of the batch (authors' code), or those that have both
   * modalities; at a rate of 10 % the second is some ten times the first.
   */
  distillationMean: DistillationMean;
  /** Share of each digit's training pairs held out for the meta step and for choosing the epoch (our choice). */
  heldOutShare: number;
  importance: AvImportanceConfig;
  /** Default: none. */
  pretrain?: AvPretraining;
  /**
   * Dropout works, and batch norm learns its statistics, in so many first epochs: SMIL's scripts switch the network to
   * evaluation after the first and never back. Default: all.
   */
  trainingModeEpochs?: number;
  /** Of SMIL's meta step: whether the outer gradient passes through the inner one. Default: second, as its code. */
  smilOrder?: 'first' | 'second';
  /** Whether SMIL's meta step moves the sound net. Default: trained, as its code, which means to freeze it, does. */
  smilSound?: 'frozen' | 'trained';
}

/** Settings of the trainings of Audiovision-MNIST, and which trainings there are. */
export interface AvMnistConfig extends Omit<AvTrainingConfig, 'method' | 'scarce' | 'rate'> {
  /** Runs per cell: seeds 0..seeds-1 on top of the run's seed. */
  seeds: number;
  /** Shares of the training pairs that keep the scarce modality (published: 5, 10, 15, 20 %). */
  rates: number[];
  /** Which modality is scarce in training and absent at test. */
  scarce: AvModality[];
}

const settingsShape = {
  epochs: z.int().min(1),
  batchSize: z.int().min(2),
  featureSize: z.int().min(1),
  hiddenSize: z.int().min(1),
  headDropout: z.number().min(0).lt(1),
  learningRate: z.number().gt(0),
  weightDecay: z.number().min(0),
  decayFactor: z.number().gt(0).max(1),
  decayEveryEpochs: z.int().min(1),
  distillationWeight: z.number().min(0),
  distance: z.enum(['L1', 'MSE']),
  // Records from before this setting have none.
  distillationMean: z.enum(['batch', 'completePairs']).default('batch'),
  heldOutShare: z.number().gt(0).max(0.5),
  importance: importanceSchema.extend({
    eventEveryEpochs: z.int().min(1),
    stepsPerEvent: z.int().min(0),
  }),
  // Optional, so that trainings from before these settings keep their identity.
  pretrain: z.enum(['none', 'each']).optional(),
  trainingModeEpochs: z.int().min(1).optional(),
  smilOrder: z.enum(['first', 'second']).optional(),
  smilSound: z.enum(['frozen', 'trained']).optional(),
};

const rateSchema = z.number().gt(0).max(1);

export const avTrainingSchema = z.strictObject({
  method: z.enum(AV_METHODS),
  scarce: z.enum(AV_MODALITIES),
  rate: rateSchema,
  ...settingsShape,
});

export const avMnistSchema = z.strictObject({
  seeds: z.int().min(1),
  rates: z.array(rateSchema).min(1),
  scarce: z.array(z.enum(AV_MODALITIES)).min(1),
  ...settingsShape,
});

/** What a single training depends on: the settings, and which cell of the tables it is. */
export function avTrainingSettings(
  settings: AvMnistConfig,
  cell: Pick<AvTrainingConfig, 'method' | 'scarce' | 'rate'>,
): AvTrainingConfig {
  const own = Object.entries(settings).filter(([name]) => name in settingsShape);
  return { ...Object.fromEntries(own), ...cell } as AvTrainingConfig;
}

/** The published protocol, and our choices where it is silent. */
export const paperAvMnist: AvMnistConfig = {
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
  distillationMean: 'batch',
  heldOutShare: 0.1,
  importance: {
    normalisation: 'softmax',
    initial: 'random',
    optimizer: 'adam',
    learningRate: 1e-2,
    weightDecay: 5e-4,
    eventEveryEpochs: 1,
    stepsPerEvent: 5,
  },
};

/** Settings as an older version wrote them, in the current form. */
export function fromOlderAvMnist(settings: object): object {
  if (!('heldBackShare' in settings)) return settings;
  const { heldBackShare: heldOutShare, ...others } = settings;
  return { ...others, heldOutShare };
}
