/**
 * The methods of the segmentation: what their networks demand of a config, and their authors' recipes as changes of
 * MCKD's, by preset. The short presets keep a recipe's kind (optimizer, schedule, data) and scale width, crop and steps:
 * every method sees as many training samples as MCKD.
 *
 * Sources of the recipes: the authors' code, at the commits that the files of `lib/models` name.
 */
import { widthProblem as mckdWidthProblem } from '../models/segmentation-layers';
import type { BratsTrainingConfig } from './brats-settings';
import type { PresetName } from './presets';

/** Changes of a config. */
export type Recipe = {
  [K in keyof BratsTrainingConfig]?: BratsTrainingConfig[K] extends
    string | number | readonly unknown[]
    ? BratsTrainingConfig[K]
    : Partial<BratsTrainingConfig[K]>;
};

export interface BratsMethod {
  /** As tables name it. */
  title: string;
  /** Crops and tiles are multiples of these: depth, height, width. */
  sides: readonly [number, number, number];
  /** And no smaller than this: padding that mirrors needs two voxels at the deepest level. */
  least?: number;
  /** Why its network can't have a width; undefined where it can. */
  widthProblem(width: number): string | undefined;
  /** Its network segments from one modality, for which it is trained: `scans` is a list of one. */
  dedicated?: true;
  /** Channels of its network's first level at a width; undefined for the network of MCKD's authors. */
  channels?(width: number): number;
  /** Relative to MCKD's config of the preset. */
  recipe: Readonly<Record<PresetName, Recipe>>;
}

type Network = Pick<BratsMethod, 'widthProblem' | 'channels'>;

/** A network whose first level has `base` channels at width 1, and at any width a multiple of `multiple`. */
function scaledFrom(base: number, multiple: number): Network {
  return {
    channels: (width) => base * width,
    widthProblem: (width) =>
      (base * width) % multiple === 0
        ? undefined
        : `should make the ${base} channels of its first level ${multiple === 1 ? 'a whole number' : `a multiple of ${multiple}`}, as ${multiple / base} does`,
  };
}

const NONE: Recipe = {};

type Short = Exclude<PresetName, 'paper'>;

/** Random subsets from the first step on. */
const SINGLE_STAGE: Readonly<Record<PresetName, Recipe>> = {
  smoke: { stageOne: { until: 0 }, stageTwo: { until: 9 } },
  quick: { stageOne: { until: 0 }, stageTwo: { until: 701 }, epoch: 2 },
  standard: { stageOne: { until: 0 }, stageTwo: { until: 1501 }, epoch: 5 },
  paper: { stageOne: { until: 0 } },
};

/**
 * A method of one stage, with no meta events.
 * @param recipe in every preset
 * @param paper in preset `paper` alone
 * @param short in each of the others
 */
function singleStage(
  recipe: Recipe,
  paper: Recipe,
  short: Readonly<Record<Short, Recipe>>,
): BratsMethod['recipe'] {
  const shared: Recipe = { metaRepeats: 0, distillationWeight: 0, ...recipe };
  return {
    smoke: { ...SINGLE_STAGE.smoke, ...shared, ...short.smoke },
    quick: { ...SINGLE_STAGE.quick, ...shared, ...short.quick },
    standard: { ...SINGLE_STAGE.standard, ...shared, ...short.standard },
    paper: { ...SINGLE_STAGE.paper, ...shared, ...paper },
  };
}

/** RFNet's and mmFormer's: 15 subsets equally likely, each sample its own. */
const STACKED: Recipe = {
  optimizer: 'amsgrad',
  weightDecay: 1e-4,
  learningRate: 2e-4,
  decay: 'epochs',
  normalisation: 'brain',
  augmentation: 'rfnet',
  quirks: { subsetSizesEquallyLikely: false },
};

/**
 * U-HVED's and U-HeMIS's, but for scaling by up to a tenth. In U-HVED's file the rate falls every 10 iterations, which is
 * taken for a slip of 10,000. Histograms are standardised in preset `paper` alone, as recorded runs of the short ones had
 * `brain`.
 */
const POOLED: Recipe = {
  optimizer: 'adam',
  learningRate: 1e-3,
  decay: 'steps',
  decayFactor: 1 / 4,
  normalisation: 'brain',
  augmentation: 'flips',
};

/** RobustSeg's; its normalisation is `percentiles` in preset `paper` alone, as recorded runs of the short ones had `brain`. */
const ROBUSTSEG: Recipe = {
  optimizer: 'adam',
  learningRate: 1e-4,
  decay: 'epochs',
  normalisation: 'brain',
  augmentation: 'crops',
};

/**
 * With its authors' learning rate a training of a few hundred steps finds nothing: five times the rate, as RFNet was tried
 * with at `quick` (a seed that no table uses; Dice of ET / WT / TC, mean over the 15 subsets of six meta-validation
 * cases: 1.1 / 7.7 / 1.6 at 2e-4, 21.3 / 28.0 / 24.6 at 1e-3), and U-HeMIS (next to nothing at 1e-3, where Adam moves no
 * weight far before the rate falls; 34.7 / 40.5 / 44.9 at 5e-3).
 */
function shortened(
  { learningRate = 0 }: Recipe,
  width: Readonly<Record<Short, number>>,
  faster = FASTER,
): Readonly<Record<Short, Recipe>> {
  const rate = { learningRate: faster * learningRate };
  return {
    smoke: { width: width.smoke, ...rate },
    quick: { width: width.quick, ...rate },
    standard: { width: width.standard, ...rate },
  };
}

const FASTER = 5;

const POOLED_PAPER: Recipe = {
  ...{ crop: [112, 112, 112], batchSize: 1, stageTwo: { until: 60_000 }, epoch: 10_000 },
  normalisation: 'landmarks',
};

/** The rate falls as often as in the authors' 60,000 iterations. */
const POOLED_RATE = { learningRate: FASTER * 1e-3 };
const POOLED_SHORT = {
  smoke: { width: 1 / 4, epoch: 2, ...POOLED_RATE },
  quick: { width: 1 / 2, epoch: 117, ...POOLED_RATE },
  standard: { width: 1 / 2, epoch: 250, ...POOLED_RATE },
};

/** The scan is that of ACN's example. */
const DEDICATED: Recipe = { scans: ['t1ce'], optimizer: 'adam', learningRate: 1e-4 };

/** Its scans are scaled to 0..1 in preset `paper` alone, as recorded runs of the short ones had MCKD's normalisation. */
const ACN: Recipe = {
  ...DEDICATED,
  // Of the networks, not of the discriminators.
  weightDecay: 1e-5,
  decay: 'nextEpoch',
  augmentation: 'flips',
};

/**
 * Its stages are the teacher's and the student's. There is no public code: learning rate and epochs are as the method is
 * described, whose rate falls by 0.2 when the validation loss stands still for 50 epochs; here it stays.
 */
const KD_NET: Recipe = {
  ...DEDICATED,
  ...{ decay: 'steps', decayFactor: 1, metaRepeats: 0, distillationWeight: 0 },
};

/**
 * Fifty times the rate of these two: trained on FLAIR at `quick`, a seed that no table uses, Dice of ET / WT / TC of six
 * meta-validation cases: KD-Net 3.9 / 70.5 / 45.9 at 2e-3, 24.5 / 70.8 / 49.5 at 5e-3; ACN 27.3 / 76.5 / 53.5 at 5e-3. Looked at
 * since the table of test cases had next to nothing at 5e-4.
 */
const DEDICATED_FASTER = 50;

const KD_NET_SHORT = shortened(
  KD_NET,
  { smoke: 1 / 4, quick: 1 / 4, standard: 1 / 4 },
  DEDICATED_FASTER,
);

const MCKD_SIDES = [16, 32, 32] as const;

const MCKD: BratsMethod = {
  title: 'MCKD',
  sides: MCKD_SIDES,
  widthProblem: mckdWidthProblem,
  recipe: { smoke: NONE, quick: NONE, standard: NONE, paper: NONE },
};

const electing = (metaEvery: number): Recipe => ({
  stageOne: { metaEvery },
  stageTwo: { metaEvery },
});

const METHODS = {
  mckd: MCKD,
  lckd: {
    ...MCKD,
    title: 'LCKD',
    recipe: {
      smoke: NONE,
      // Elections as rare as the authors' beside the steps.
      quick: electing(150),
      standard: electing(150),
      paper: electing(5000),
    },
  },
  shaspec: {
    ...MCKD,
    title: 'ShaSpec',
    recipe: {
      smoke: { metaRepeats: 0 },
      quick: { metaRepeats: 0 },
      standard: { metaRepeats: 0 },
      paper: {
        metaRepeats: 0,
        batchSize: 1,
        stageTwo: { until: 180_000 },
        quirks: { classCentreMayBeNone: false },
      },
    },
  },
  rfnet: {
    title: 'RFNet',
    sides: [8, 8, 8],
    ...scaledFrom(16, 4),
    recipe: singleStage(
      STACKED,
      { crop: [80, 80, 80], stageTwo: { until: 45_000 }, epoch: 150 },
      shortened(STACKED, { smoke: 1 / 4, quick: 1 / 4, standard: 1 / 4 }),
    ),
  },
  mmformer: {
    title: 'mmFormer',
    sides: [16, 16, 16],
    ...scaledFrom(8, 1),
    recipe: singleStage(
      STACKED,
      // An epoch is one pass over 190 cases.
      { crop: [128, 128, 128], batchSize: 8, stageTwo: { until: 24_000 }, epoch: 24 },
      shortened(STACKED, { smoke: 1 / 8, quick: 1 / 4, standard: 1 / 4 }),
    ),
  },
  uhved: {
    title: 'U-HVED',
    sides: [8, 8, 8],
    ...scaledFrom(8, 2),
    recipe: singleStage(POOLED, POOLED_PAPER, POOLED_SHORT),
  },
  uhemis: {
    title: 'U-HeMIS',
    sides: [8, 8, 8],
    ...scaledFrom(8, 2),
    recipe: singleStage(POOLED, POOLED_PAPER, POOLED_SHORT),
  },
  robustseg: {
    title: 'RobustSeg',
    sides: [8, 8, 8],
    least: 16,
    ...scaledFrom(16, 1),
    recipe: singleStage(
      ROBUSTSEG,
      {
        ...{ crop: [80, 80, 80], batchSize: 1, stageTwo: { until: 90_000 }, epoch: 300 },
        normalisation: 'percentiles',
      },
      shortened(ROBUSTSEG, { smoke: 1 / 8, quick: 1 / 4, standard: 1 / 4 }),
    ),
  },
  acn: {
    title: 'ACN',
    dedicated: true,
    // The least is that of its discriminator of entropies, which halves five times.
    sides: [16, 16, 16],
    least: 32,
    ...scaledFrom(16, 8),
    recipe: singleStage(
      ACN,
      // The authors' 160 x 192 x 128 along the files' axes. An epoch is one pass over two of three folds of 285 cases.
      {
        ...{ crop: [128, 160, 192], batchSize: 1, stageTwo: { until: 57_000 }, epoch: 190 },
        normalisation: 'range',
      },
      shortened(ACN, { smoke: 1 / 2, quick: 1 / 2, standard: 1 / 2 }, DEDICATED_FASTER),
    ),
  },
  kdnet: {
    title: 'KD-Net (our reading)',
    dedicated: true,
    sides: [8, 8, 8],
    ...scaledFrom(16, 1),
    recipe: {
      smoke: { ...KD_NET, ...KD_NET_SHORT.smoke },
      quick: { ...KD_NET, ...KD_NET_SHORT.quick },
      standard: { ...KD_NET, ...KD_NET_SHORT.standard },
      // 500 epochs of 285 cases for each of teacher and student.
      paper: {
        ...KD_NET,
        batchSize: 1,
        stageOne: { until: 142_500 },
        stageTwo: { until: 285_000 },
      },
    },
  },
} satisfies Record<string, BratsMethod>;

/** By their names in configs. */
export const BRATS_METHODS: Readonly<Record<string, BratsMethod>> = METHODS;

/** A method by its name; one that is not the kit's own has MCKD's demands and recipe. */
export function bratsMethod(name: string): BratsMethod {
  return Object.hasOwn(METHODS, name) ? BRATS_METHODS[name] : MCKD;
}

/** What the sides of a crop or tile should be, in words; undefined where they are. */
export function sidesProblem(
  { sides, least = 1 }: BratsMethod,
  lengths: readonly number[],
): string | undefined {
  const fits =
    lengths.length === sides.length &&
    lengths.every((side, i) => side >= least && Number.isInteger(side / sides[i]));
  if (fits) return undefined;
  const smallest = least > 1 ? `, at least ${least}` : '';
  return `depth, height and width should be multiples of ${sides.join(', ')}${smallest}`;
}
