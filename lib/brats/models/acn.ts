/** ACN as a segmentation model: a network for one scan, trained beside one for all four and two discriminators. */
import { MODALITIES, type Modality } from '../../base/modality';
import { bratsMethod, type BratsTrainingConfig } from '../../config';
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
  type AcnOutputs,
  type AcnSizes,
} from '../../models/acn';
import { classOverlap } from '../../nn/class-losses';
import { composedOptimizer } from '../../nn/composed-optimizer';
import { stopGradient } from '../../nn/gradients';
import { dropout } from '../../nn/random';
import { binaryCrossEntropy } from '../../nn/losses';
import { renewedAdamOptimizer } from '../../nn/adam';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { BATCH_DICE, classesOfRegions, weightedSum } from './classes';
import { oneScanTiles, soleScan } from './dedicated';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { widthByAxis } from './width';

/** Of what the decoders get of the features, in training. */
const DROPOUT = 0.2;

type Discriminator = 'd_main' | 'd_feature';

export const isDiscriminators = (name: string): boolean => name.startsWith('d_');

/** Dice as ACN has it, of its first three classes, summed: 3 - sum. */
function acnDice(p: tf.Tensor5D, t: tf.Tensor5D): tf.Scalar {
  const overlap = classOverlap(p, t, { ...BATCH_DICE, squares: true });
  return tf.sub(3, tf.sum(tf.slice(overlap, 0, 3)));
}

export interface AcnObjectiveOptions {
  /** That the network for one scan sees. */
  scan: Modality;
  /** Of the distance of the two outputs. */
  consistencyWeight: number | tf.Scalar;
  /** Seeds of the dropouts; default: none drops out. */
  seed?: () => tf.Tensor;
}

export interface AcnObjective {
  /** `networks` and the two of the discriminators. */
  total: tf.Scalar;
  parts: Record<
    | 'diceMulti'
    | 'diceMono'
    | 'consistency'
    | 'mutualInformation'
    | 'adversarialEntropy'
    | 'adversarialFeature'
    | 'discriminatorEntropy'
    | 'discriminatorFeature',
    tf.Scalar
  >;
  /** Dice and consistency, weighted. */
  coTraining: tf.Scalar;
  /** All that the two networks learn of. */
  networks: tf.Scalar;
  /** Of the network for four scans, and of that for one. */
  outputs: Record<'multi' | 'mono', AcnOutputs>;
}

/**
 * Four objectives as one sum, whose parts have gradients only for the parameters that they are of:
 *
 *   L_networks = 0.2 Dice_4 + 0.8 Dice_1 + w |p_4 - p_1|^2 + 0.5 L_MI + 0.001 L_entropies + 0.0002 L_features
 *   L_discriminator = (BCE(four scans, 0) + BCE(one scan, 1)) / 2, of entropies and of features
 *
 * To the networks, the discriminators stand still; to the discriminators, what the networks give.
 *
 * @param images [N, D, H, W, 4], complete: the network for four scans sees them all
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function acnObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  { scan, consistencyWeight, seed }: AcnObjectiveOptions,
): AcnObjective {
  const targets = acnTargets(labels);
  const drop = (x: tf.Tensor5D): tf.Tensor5D => (seed ? dropout(x, DROPOUT, seed) : x);
  const one = tf.split<tf.Tensor5D>(images, MODALITIES.length, 4)[MODALITIES.indexOf(scan)];
  const multi = runAcn(parameters, ACN_NETWORKS.multi, acnStack(images), drop);
  const mono = runAcn(parameters, ACN_NETWORKS.mono, one, drop);
  const diceMulti = acnDice(multi.probabilities, targets);
  const diceMono = acnDice(mono.probabilities, targets);
  const consistency = classDistance(multi.probabilities, mono.probabilities);
  const coTraining = weightedSum(
    [0.2, diceMulti],
    [0.8, diceMono],
    [consistencyWeight, consistency],
  );
  const still = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      isDiscriminators(name) ? stopGradient(value) : value,
    ]),
  );
  const against = (
    which: Discriminator,
    x: tf.Tensor5D,
    truth: 0 | 1,
    by: NamedTensors,
  ): tf.Scalar => {
    const logits = discriminate(by, which, x);
    return binaryCrossEntropy(logits, tf.fill(logits.shape, truth));
  };
  const told = (which: Discriminator, four: tf.Tensor5D, single: tf.Tensor5D): tf.Scalar =>
    weightedSum(
      [0.5, against(which, stopGradient(four), 0, parameters)],
      [0.5, against(which, stopGradient(single), 1, parameters)],
    );
  const entropies = [multi, mono].map(({ probabilities }) => entropyMaps(probabilities));
  const parts = {
    diceMulti,
    diceMono,
    consistency,
    mutualInformation: mutualInformation(parameters, mono.feature),
    adversarialEntropy: against('d_main', entropies[1], 0, still),
    adversarialFeature: against('d_feature', mono.feature, 0, still),
    discriminatorEntropy: told('d_main', entropies[0], entropies[1]),
    discriminatorFeature: told('d_feature', multi.feature, mono.feature),
  };
  const networks = weightedSum(
    [1, coTraining],
    [0.5, parts.mutualInformation],
    [0.001, parts.adversarialEntropy],
    [0.0002, parts.adversarialFeature],
  );
  const total = weightedSum(
    [1, networks],
    [1, parts.discriminatorEntropy],
    [1, parts.discriminatorFeature],
  );
  return { total, parts, coTraining, networks, outputs: { multi, mono } };
}

const channels = (width: number): number => bratsMethod('acn').channels!(width);

/** The discriminators are scaled as the networks. */
function sizesOf({ width, crop }: { width: number; crop: AcnSizes['crop'] }): AcnSizes {
  return { base: channels(width), discriminatorBase: 4 * channels(width), crop };
}

export const acn: SegmentationModel = {
  name: 'acn',
  layout: {
    shapes: (settings) => specShapes(acnSpecs(sizesOf(settings))),
    widthOf: widthByAxis(`${ACN_NETWORKS.mono}.unet.conv1a.weight`, 0, channels(1)),
  },
  parameters: (config, stream) => {
    soleScan(config);
    return freshParameters(acnSpecs(sizesOf(config)), stream);
  },
  numbers: ({ iteration }, { epoch }) => [distanceWeight(Math.floor(iteration / epoch))],
  loss: ({ parameters, batch: { images, regions }, config, numbers: [consistencyWeight], seed }) =>
    acnObjective(parameters, images, classesOfRegions(regions), {
      ...{ scan: soleScan(config), consistencyWeight, seed },
    }),
  optimizer: acnOptimizer,
  openTiles: oneScanTiles((parameters, scan) => runAcn(parameters, ACN_NETWORKS.mono, scan).logits),
  probabilities: (logits) => regionsOfSigmoids(tf.sigmoid(logits)),
};

/** The networks' by the config; the discriminators' with the rate that the config begins with. */
function acnOptimizer(config: BratsTrainingConfig): ReturnType<typeof composedOptimizer> {
  const { learningRate } = config;
  return composedOptimizer([
    { moves: isDiscriminators, optimizer: renewedAdamOptimizer({ learningRate }) },
    { moves: () => true, optimizer: optimizerOf(config) },
  ]);
}

/**
 * Sigmoids of oedema, core, enhancing tumour, background, which don't exclude each other -> probabilities of ET, WT, TC,
 * [N, D, H, W, 4] -> [N, D, H, W, 3]: the largest of those that a region is made of. So a voxel is in a region where any
 * of them is above 0.5, and the background has no part in it. This rule is the kit's reading: the authors' code has none
 * for scores of regions, and saves label maps in which enhancing tumour overwrites core, and core oedema, above 0.5.
 */
export function regionsOfSigmoids(sigmoids: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const [oedema, core, enhancing] = tf.split(sigmoids, 4, 4);
    const tumourCore = tf.maximum(core, enhancing);
    return tf.concat([enhancing, tf.maximum(tumourCore, oedema), tumourCore], 4) as tf.Tensor5D;
  });
}
