/** The settings of the brain-tumour segmentation. */
import type { Modality } from '../base/modality';
import type { Normalisation } from '../volume/normalise';
import type { DistillationDistance, ImportanceConfig } from './method';

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
  /** The iteration at which the stage ends; the learning rate reaches 0 there. 0: there is no stage one. */
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

/**
 * How the learning rate falls from lr, with i of n iterations done and e = floor(i / epoch) epochs:
 * `iterations`: lr (1 - i / n)^decayPower. `epochs`: lr (1 - e epoch / n)^decayPower, rounded to 8 decimals as RFNet's
 * code rounds it. `nextEpoch`: the same a whole epoch ahead and not rounded, as in ACN's code, whose last epoch has rate
 * 0. `steps`: lr decayFactor^e.
 */
export const DECAYS = ['iterations', 'epochs', 'nextEpoch', 'steps'] as const;
type Decay = (typeof DECAYS)[number];

/**
 * How training crops are drawn.
 *
 * - `paper`: the authors': class-centred or random, rescaled half of the time, the nine augmentation steps
 * - `none`: the authors' crops, not rescaled and without augmentation
 * - `rfnet`: every position equally likely; a rotation in a random plane by -10 to 9 degrees (nearest voxel, -1 from outside)
 *   and a factor and a shift for each sagittal slice of each scan, always; each axis mirrored or not
 * - `flips`: every position equally likely; each axis mirrored or not
 * - `crops`: every position equally likely, and nothing else
 */
export const AUGMENTATIONS = ['paper', 'none', 'rfnet', 'flips', 'crops'] as const;
export type Augmentation = (typeof AUGMENTATIONS)[number];

/** All settings that one training depends on. */
export interface BratsTrainingConfig {
  /** The method's name (`lib/brats/models`). */
  model: string;
  /** Share of its authors' channels: 1 is their network. */
  width: number;
  /** Crop, in voxels: depth, height, width; multiples of what the method states (`bratsMethod`). */
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
  learningRate: number;
  /** How the learning rate falls: see `DECAYS`. */
  decay: Decay;
  decayPower: number;
  /** Of `steps`. */
  decayFactor: number;
  /** Iterations of an epoch, for what changes once per epoch. */
  epoch: number;
  /** `sgd`: Nesterov. `amsgrad`: Adam that divides by the largest mean of squares so far. */
  optimizer: 'sgd' | 'adam' | 'amsgrad';
  /** Of SGD. */
  momentum: number;
  /** L2 penalty, added to the gradient. */
  weightDecay: number;
  /** alpha in L = Dice + BCE + alpha L_KD; 0 leaves distillation and the meta step out. */
  distillationWeight: number;
  distance: DistillationDistance;
  importance: ImportanceConfig;
  /** Passes of a meta event over the meta-validation cases, one step of theta_w per case; 0: no meta events. */
  metaRepeats: number;
  /**
   * Of the scans' intensities, in training, scoring and segmentation alike: see `NORMALISATIONS`.
   * (`importance.normalisation` is that of the importance weights.)
   */
  normalisation: Normalisation;
  augmentation: Augmentation;
  /**
   * Of convolutions and matrix products in a training step (`nn/precision.ts`); meta events, validation and segmentation
   * are in float32.
   */
  precision: 'float32' | 'bf16';
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
