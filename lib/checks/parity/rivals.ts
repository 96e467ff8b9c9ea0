/** The methods that golden files are of: their networks and objectives, run on a case of a file. */
import { fillMissing } from '../../mckd';
import { electedDistillation } from '../../models/lckd';
import { decodeRegions, encodeModalities, segmentationSpecs } from '../../models/segmentation';
import {
  ACN_NETWORKS,
  acnSpecs,
  acnStack,
  acnTargets,
  classDistance,
  discriminate,
  distanceWeight,
  entropyMaps,
  mutualInformation,
  runAcn,
} from '../../models/acn';
import type { Padding } from '../../models/conv-units';
import { mmformerSpecs, runMmformer } from '../../models/mmformer';
import { CLASS_COUNT, rfnetSpecs, runRfnet, STACKED } from '../../models/rfnet';
import { meanKernelDecay } from '../../models/pooled-unet';
import {
  ROBUSTSEG_ORIGINAL,
  ROBUSTSEG_PORT,
  ROBUSTSEG_SCANS,
  robustsegDecay,
  robustsegSpecs,
  runRobustseg,
  styleDivergence,
  type RobustsegVariant,
} from '../../models/robustseg';
import { runUhemis, uhemisSpecs } from '../../models/uhemis';
import {
  runUhved,
  UHVED_ORIGINAL,
  UHVED_PORT,
  uhvedDivergences,
  uhvedSpecs,
} from '../../models/uhved';
import { domainCrossEntropy, runShaspec, sharedDistance, shaspecSpecs } from '../../models/shaspec';
import {
  clampedCrossEntropy,
  classDice,
  classOverlap,
  oneHot,
  type OverlapOptions,
} from '../../nn/class-losses';
import { absolute } from '../../nn/elementwise';
import { stopGradient } from '../../nn/gradients';
import { binaryCrossEntropy, crossEntropy, diceLoss } from '../../nn/losses';
import type { ParameterSpec } from '../../nn/parameter-specs';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { classLabels, filledVolume, regionLabels } from './filling';
import type { GoldenCase } from './golden';

/** Whole numbers and fractions of a file's `settings`, by name. */
export type Setting = (name: string) => number;

export interface RivalInput {
  parameters: NamedTensors;
  setting: Setting;
  /** [N, D, H, W, 4], FLAIR, T1, T1ce, T2. */
  images: tf.Tensor5D;
  case: GoldenCase;
  /** Which modalities each sample has. */
  rows: boolean[][];
}

/** In the names of the file; outputs with channels last. */
export interface RivalRun {
  losses: Record<string, tf.Scalar> & { total: tf.Scalar };
  outputs: Record<string, tf.Tensor>;
}

export interface Rival {
  /** What the sides of a crop are multiples of: depth, height, width. */
  sides: [number, number, number];
  /** Which modalities there are may differ by sample, is the same for a batch, or is one for a batch. */
  availability: 'sample' | 'batch' | 'one';
  specs(setting: Setting, of: GoldenCase): ParameterSpec[];
  /** In a tidy of the caller's. */
  run(input: RivalInput): RivalRun;
}

/** The modalities of a case that has the same for every sample. */
const sharedList = ({ available }: GoldenCase): number[] => available.flat();

/** a + weight b + ... */
function weightedSum(...terms: [weight: number, term: tf.Scalar][]): tf.Scalar {
  const weighted = terms.map(([weight, term]) => (weight === 1 ? term : tf.mul(term, weight)));
  return tf.addN(weighted) as tf.Scalar;
}

const lckd: Rival = {
  sides: [16, 32, 32],
  availability: 'batch',
  specs: (setting) => segmentationSpecs(setting('width')),
  run: ({ parameters, images, case: of, rows }) => {
    const labels = regionLabels(of);
    const { features, skips } = encodeModalities(parameters, images, { present: rows[0] });
    const logits = decodeRegions(parameters, fillMissing(features, rows), skips);
    const dice = diceLoss(logits, labels);
    const bce = binaryCrossEntropy(logits, labels);
    const teachers = [0, 1, 2, 3].map((m) => Number(of.teachers?.includes(m) ?? false));
    const kd = electedDistillation(features, rows, tf.tensor1d(teachers, 'float32'));
    const total = weightedSum([1, dice], [1, bce], [0.1, kd]);
    return { losses: { dice, bce, kd, total }, outputs: { logits } };
  },
};

const shaspec: Rival = {
  sides: [16, 32, 32],
  availability: 'batch',
  specs: (setting) => shaspecSpecs(setting('width')),
  run: ({ parameters, images, case: of }) => {
    const labels = regionLabels(of);
    const made = runShaspec(parameters, images, sharedList(of));
    const { logits, domainLogits } = made;
    const dice = diceLoss(logits, labels);
    const bce = binaryCrossEntropy(logits, labels);
    const shared = sharedDistance(made.shared);
    const specific = domainCrossEntropy(domainLogits);
    const total = weightedSum([1, dice], [1, bce], [0.1, shared], [0.02, specific]);
    return {
      losses: { dice, bce, shared, specific, total },
      outputs: { logits, domain_logits: domainLogits },
    };
  },
};

/** Dice as RFNet and those after it have it. */
const BATCH_DICE: OverlapOptions = {
  over: 'batch',
  squares: false,
  smooth: { above: 0, below: 1e-7 },
};

/** Cross-entropy and Dice of several probability maps, each summed over the maps. */
function stackedLosses(
  maps: readonly tf.Tensor5D[],
  labels: tf.Tensor5D,
): [cross: tf.Scalar, dice: tf.Scalar] {
  const sum = (terms: tf.Scalar[]): tf.Scalar => tf.addN(terms) as tf.Scalar;
  return [
    sum(maps.map((p) => clampedCrossEntropy(p, labels, 'sample'))),
    sum(maps.map((p) => classDice(p, labels, BATCH_DICE))),
  ];
}

const paddingOf = ({ padding }: GoldenCase): Padding => padding ?? 'zeros';

/** The objective of RFNet and mmFormer on a fused map, one of each modality, and one of each level. */
function stackedRun(
  of: GoldenCase,
  fused: { logits: tf.Tensor5D; probabilities: tf.Tensor5D },
  separate: readonly tf.Tensor5D[],
  levels: readonly (readonly [name: string, map: tf.Tensor5D])[],
): RivalRun {
  const labels = oneHot(classLabels(of), CLASS_COUNT);
  const [fuse_cross, fuse_dice] = stackedLosses([fused.probabilities], labels);
  const [sep_cross, sep_dice] = stackedLosses(separate, labels);
  const [prm_cross, prm_dice] = stackedLosses(
    levels.map(([, map]) => map),
    labels,
  );
  const weight = of.warmup ? 0 : 1;
  const total = weightedSum(
    [weight, fuse_cross],
    [weight, fuse_dice],
    [1, sep_cross],
    [1, sep_dice],
    [1, prm_cross],
    [1, prm_dice],
  );
  return {
    losses: { fuse_cross, fuse_dice, sep_cross, sep_dice, prm_cross, prm_dice, total },
    outputs: {
      ...fused,
      ...Object.fromEntries(separate.map((p, i) => [`sep_${STACKED[i].name}`, p])),
      ...Object.fromEntries(levels),
    },
  };
}

const rfnet: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => rfnetSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, rows }) => {
    const options = { padding: paddingOf(of) };
    const { separate, maps, ...fused } = runRfnet(parameters, images, rows, options);
    const named = maps.map(
      (map, i) => [i === 0 ? 'prm1' : `prm${i + 1}_up${2 ** i}`, map] as const,
    );
    return stackedRun(of, fused, separate, named);
  },
};

const mmformer: Rival = {
  sides: [16, 16, 16],
  availability: 'sample',
  specs: (setting, { crop }) =>
    mmformerSpecs({
      base: setting('base_channels'),
      tokenWidth: setting('token_width'),
      hidden: setting('mlp'),
      grid: [crop[0] / 16, crop[1] / 16, crop[2] / 16],
    }),
  run: ({ parameters, setting, images, case: of, rows }) => {
    const options = { padding: paddingOf(of), heads: setting('heads') };
    const { separate, auxiliary, ...fused } = runMmformer(parameters, images, rows, options);
    const named = auxiliary.map((map, i) => [`aux${i + 1}_up${2 ** (i + 1)}`, map] as const);
    return stackedRun(of, fused, separate, named);
  },
};

/** Dice as U-HVED and U-HeMIS have it. */
const SAMPLE_DICE: OverlapOptions = {
  over: 'sample',
  squares: true,
  smooth: { above: 1e-5, below: 1e-5 },
};

/** Mean softmax cross-entropy over samples and voxels. */
function classCrossEntropy(logits: tf.Tensor5D, of: GoldenCase): tf.Scalar {
  const flat = tf.reshape(logits, [-1, logits.shape[4]]) as tf.Tensor2D;
  return crossEntropy(flat, tf.cast(tf.reshape(classLabels(of), [-1]), 'int32') as tf.Tensor1D);
}

const uhemis: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => uhemisSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, rows }) => {
    const logits = runUhemis(parameters, images, rows);
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const cross_entropy = classCrossEntropy(logits, of);
    const dice = classDice(tf.softmax(logits), labels, SAMPLE_DICE);
    const l2 = meanKernelDecay(parameters);
    const total = weightedSum([1, cross_entropy], [1, dice], [1, l2]);
    return { losses: { cross_entropy, dice, l2, total }, outputs: { logits } };
  },
};

const uhved: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting) => uhvedSpecs(setting('base_channels')),
  run: ({ parameters, images, case: of, rows }) => {
    const port = of.variant === 'port';
    const variant = port ? UHVED_PORT : UHVED_ORIGINAL;
    const noise = (level: number, shape: number[]): tf.Tensor5D =>
      filledVolume(`noise/${of.tag}/${level}`, shape, -1, 1);
    const { logits, scans, gaussians } = runUhved(parameters, images, rows, variant, noise);
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const probabilities = tf.softmax(logits);
    const cross_entropy = port
      ? clampedCrossEntropy(probabilities, labels, 'none')
      : classCrossEntropy(logits, of);
    const dice = classDice(probabilities, labels, port ? BATCH_DICE : SAMPLE_DICE);
    const reconstruction = tf.mean(tf.squaredDifference(tf.concat(scans, 4), images)) as tf.Scalar;
    const { inter, prior } = uhvedDivergences(gaussians, rows, variant);
    const l2 = meanKernelDecay(parameters);
    const total = weightedSum(
      [1, cross_entropy],
      [1, dice],
      [0.1, reconstruction],
      [0.1, inter],
      [0.1, prior],
      ...(port ? [] : ([[1, l2]] satisfies [number, tf.Scalar][])),
    );
    const parts = { cross_entropy, dice, reconstruction, kl_inter: inter, kl_prior: prior, l2 };
    const [rec_flair, rec_t1, rec_t1ce, rec_t2] = scans;
    return {
      losses: { ...parts, total },
      outputs: { logits, rec_flair, rec_t1, rec_t1ce, rec_t2 },
    };
  },
};

const robustsegVariant = ({ variant }: GoldenCase): RobustsegVariant =>
  variant === 'port' ? ROBUSTSEG_PORT : ROBUSTSEG_ORIGINAL;

const robustseg: Rival = {
  sides: [8, 8, 8],
  availability: 'sample',
  specs: (setting, of) =>
    robustsegSpecs(
      {
        base: setting('base_filters'),
        styleBase: setting('style_base'),
        style: setting('style_code'),
        hidden: setting('mlp'),
      },
      robustsegVariant(of),
      of.crop,
    ),
  run: ({ parameters, images, case: of, rows }) => {
    const port = of.variant === 'port';
    const made = runRobustseg(parameters, images, rows, robustsegVariant(of));
    const labels = oneHot(classLabels(of), CLASS_COUNT);
    const p = tf.softmax(made.logits);
    const cross = clampedCrossEntropy(p, labels, port ? 'sample' : 'batch');
    const dice = classDice(p, labels, { ...BATCH_DICE, squares: !port });
    const volumes = tf.split<tf.Tensor5D>(images, 4, 4);
    const differences = made.scans.map(({ image }, i) =>
      tf.mean(absolute(tf.sub(image, volumes[ROBUSTSEG_SCANS[i].modality]))),
    );
    const reconstruction = tf.addN(differences) as tf.Scalar;
    const kl = tf.addN(
      made.scans.map((scan) => styleDivergence(scan, port ? 'mean' : 'sum')),
    ) as tf.Scalar;
    const l2 = robustsegDecay(parameters);
    const total = weightedSum(
      [1, cross],
      [1, dice],
      [0.1, reconstruction],
      [0.1, kl],
      ...(port ? [] : ([[1, l2]] satisfies [number, tf.Scalar][])),
    );
    const outputs = made.scans.flatMap(({ image, style }, i) => {
      const { name } = ROBUSTSEG_SCANS[i];
      return [
        [`rec_${name}`, image],
        [`style_${name}`, style],
      ] as const;
    });
    return {
      losses: { cross, dice, reconstruction, kl, l2, total },
      outputs: { logits: made.logits, ...Object.fromEntries(outputs) },
    };
  },
};

/** Dice as ACN has it, of its first three classes, summed: 3 - sum. */
function acnDice(p: tf.Tensor5D, t: tf.Tensor5D): tf.Scalar {
  const overlap = classOverlap(p, t, { ...BATCH_DICE, squares: true });
  return tf.sub(3, tf.sum(tf.slice(overlap, 0, 3)));
}

const acn: Rival = {
  sides: [16, 16, 16],
  availability: 'one',
  specs: (setting, { crop }) =>
    acnSpecs({
      base: setting('base_channels'),
      discriminatorBase: setting('discriminator_base'),
      crop,
    }),
  run: ({ parameters, images, case: of }) => {
    const targets = acnTargets(classLabels(of));
    const scan = tf.split<tf.Tensor5D>(images, 4, 4)[sharedList(of)[0]];
    const multi = runAcn(parameters, ACN_NETWORKS.multi, acnStack(images));
    const mono = runAcn(parameters, ACN_NETWORKS.mono, scan);
    const dice_multi = acnDice(multi.probabilities, targets);
    const dice_mono = acnDice(mono.probabilities, targets);
    const consistency = classDistance(multi.probabilities, mono.probabilities);
    const weight = distanceWeight(of.epoch ?? 0);
    const co_training = weightedSum([0.2, dice_multi], [0.8, dice_mono], [weight, consistency]);
    const mutual_information = mutualInformation(parameters, mono.feature);
    // The networks see discriminators that stand still, and the discriminators outputs that do.
    const still = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [
        name,
        name.startsWith('d_') ? stopGradient(value) : value,
      ]),
    );
    const against = (
      which: 'd_main' | 'd_feature',
      x: tf.Tensor5D,
      truth: 0 | 1,
      by = parameters,
    ): tf.Scalar => {
      const logits = discriminate(by, which, x);
      return binaryCrossEntropy(logits, tf.fill(logits.shape, truth));
    };
    const entropies = [multi, mono].map(({ probabilities }) => entropyMaps(probabilities));
    const features = [multi.feature, mono.feature];
    const adversarial_entropy = against('d_main', entropies[1], 0, still);
    const adversarial_feature = against('d_feature', features[1], 0, still);
    const told = (which: 'd_main' | 'd_feature', [four, one]: tf.Tensor5D[]): tf.Scalar =>
      weightedSum(
        [0.5, against(which, stopGradient(four), 0)],
        [0.5, against(which, stopGradient(one), 1)],
      );
    const discriminator_entropy = told('d_main', entropies);
    const discriminator_feature = told('d_feature', features);
    const networks = weightedSum(
      [1, co_training],
      [0.5, mutual_information],
      [0.001, adversarial_entropy],
      [0.0002, adversarial_feature],
    );
    return {
      losses: {
        dice_multi,
        dice_mono,
        consistency,
        consistency_weight: tf.scalar(weight),
        co_training,
        mutual_information,
        adversarial_entropy,
        adversarial_feature,
        discriminator_entropy,
        discriminator_feature,
        networks,
        total: weightedSum([1, networks], [1, discriminator_entropy], [1, discriminator_feature]),
      },
      outputs: {
        multi: multi.probabilities,
        mono: mono.probabilities,
        feature_mono: mono.feature,
      },
    };
  },
};

/** By the name that a file has in `rival`. */
export const RIVALS: Readonly<Record<string, Rival>> = {
  LCKD: lckd,
  ShaSpec: shaspec,
  RFNet: rfnet,
  mmFormer: mmformer,
  'U-HVED': uhved,
  'U-HeMIS': uhemis,
  RobustSeg: robustseg,
  ACN: acn,
};
