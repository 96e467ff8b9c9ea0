/**
 * U-HVED (Dorent et al., MICCAI 2019, arXiv 1907.11150; github ReubenDo/U-HVED at 1d293a8, MIT): each modality's encoder
 * gives a Gaussian per voxel at four levels; those of the present modalities are multiplied with a standard normal, and
 * a sample of the product is segmented and turned into all four scans. 1,250,552 parameters at base 8.
 */
import type { ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';
import { CLASS_COUNT, levelChannels, presenceColumns } from './conv-units';
import {
  POOLED_ENCODERS,
  POOLED_LEVELS,
  pooledDecoder,
  pooledDecoderSpecs,
  pooledEncoder,
  pooledEncoderSpecs,
  type PooledOptions,
} from './pooled-unet';

/** Of FLAIR, T1, T1ce, T2. */
const SCAN_DECODERS = ['flair_decoder', 't1_decoder', 't1c_decoder', 't2_decoder'];
/** Log-variances are cut off there. */
const MOST_LOG_VARIANCE = 50;

/** Every parameter; `base`, even, is the channels of level 1: 8 as published. */
export function uhvedSpecs(base: number): ParameterSpec[] {
  const means = levelChannels(base / 2, POOLED_LEVELS);
  return [
    ...POOLED_ENCODERS.flatMap((name) => pooledEncoderSpecs(name, base, 1)),
    ...SCAN_DECODERS.flatMap((name) => pooledDecoderSpecs(name, base, means, 1)),
    ...pooledDecoderSpecs('seg_decoder', base, means, CLASS_COUNT),
  ];
}

/** A Gaussian for each voxel and channel. */
export interface Gaussian {
  mean: tf.Tensor5D;
  logVariance: tf.Tensor5D;
}

/** Where the port differs from the authors' code. */
export interface UhvedVariant extends PooledOptions {
  /** Added to variances in the products whose distances are the KL terms. */
  productEpsilon: number;
  /** Added to the variance that a distance divides by. */
  distanceEpsilon: number;
  /** What the sum over the 15 subsets is divided by, between the available modalities and a subset. */
  interCount: number;
  /** At test, a sample is segmented, and not the mean. */
  samplesAtTest: boolean;
  /** Cross-entropy of probabilities no lower than 0.005, Dice of the batch without squares, and no decay of kernels. */
  clampsProbabilities: boolean;
}

export const UHVED_ORIGINAL: UhvedVariant = {
  slope: 0.02,
  upsampling: 'legacy',
  productEpsilon: 1e-7,
  distanceEpsilon: 1e-7,
  interCount: 14,
  samplesAtTest: true,
  clampsProbabilities: false,
};

/** AImageLab-zip/IM-Fuse at fbbd48e. */
export const UHVED_PORT: UhvedVariant = {
  slope: 0.01,
  upsampling: 'corners',
  productEpsilon: 1e-5,
  distanceEpsilon: 1e-2,
  interCount: 15,
  samplesAtTest: false,
  clampsProbabilities: true,
};

const PRODUCT_EPSILON = 1e-7;

export interface UhvedOutputs {
  /** [N, D, H, W, 4] */
  logits: tf.Tensor5D;
  /** FLAIR, T1, T1ce, T2 of the sample, [N, D, H, W, 1] each. */
  scans: tf.Tensor5D[];
  /** By level, the Gaussian of each modality. */
  gaussians: Gaussian[][];
}

/**
 * Runs the network. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, sides multiples of 8; in training all are seen
 * @param mask [N, 4], in FLAIR, T1, T1ce, T2: 1 for each modality that a sample has, 0 for the others
 * @param noise none: the mean stands for the sample
 */
export function runUhved(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  mask: tf.Tensor2D,
  variant: UhvedVariant,
  noise?: Noise,
): UhvedOutputs {
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const encoded = volumes.map((scan, m) => encodeUhved(parameters, m, scan, variant));
  const gaussians = gaussiansOf(encoded);
  const samples = samplesOf(gaussians, mask, noise);
  return {
    logits: pooledDecoder(parameters, 'seg_decoder', samples, variant),
    scans: SCAN_DECODERS.map((name) => pooledDecoder(parameters, name, samples, variant)),
    gaussians,
  };
}

/** N(0, 1) for the sample of a level (0: the finest). */
export type Noise = (level: number, shape: tf.Tensor5D['shape']) => tf.Tensor5D;

/** Levels 1 to 4 of a modality's scan, [N, D, H, W, 1]: means and log-variances. In a tidy of the caller's. */
export const encodeUhved = (
  parameters: NamedTensors,
  modality: number,
  scan: tf.Tensor5D,
  { slope }: Pick<UhvedVariant, 'slope'>,
): tf.Tensor5D[] => pooledEncoder(parameters, POOLED_ENCODERS[modality], scan, slope);

/**
 * Logits of what `encodeUhved` gives of FLAIR, T1, T1ce, T2. In a tidy of the caller's.
 * @param mask and noise as in `runUhved`
 */
export function fuseUhved(
  parameters: NamedTensors,
  encoded: readonly (readonly tf.Tensor5D[])[],
  mask: tf.Tensor2D,
  variant: UhvedVariant,
  noise?: Noise,
): tf.Tensor5D {
  const samples = samplesOf(gaussiansOf(encoded), mask, noise);
  return pooledDecoder(parameters, 'seg_decoder', samples, variant);
}

/** By level, the Gaussian of each modality, of what `encodeUhved` gives. In a tidy of the caller's. */
export const gaussiansOf = (encoded: readonly (readonly tf.Tensor5D[])[]): Gaussian[][] =>
  encoded[0].map((_, level) => encoded.map((maps) => gaussianOf(maps[level])));

/** By level, a sample of the product of the available modalities' Gaussians. */
function samplesOf(
  gaussians: readonly (readonly Gaussian[])[],
  mask: tf.Tensor2D,
  noise: Noise | undefined,
): tf.Tensor5D[] {
  return gaussians.map((of, level) => {
    const { mean, logVariance } = uhvedProduct(of, mask);
    if (!noise) return mean;
    const deviation = tf.exp(tf.mul(logVariance, 0.5));
    return tf.add(mean, tf.mul(deviation, noise(level, mean.shape))) as tf.Tensor5D;
  });
}

/** The product of the available modalities' Gaussians and N(0, 1). In a tidy of the caller's. @param mask as in `runUhved` */
export function uhvedProduct(of: readonly Gaussian[], mask: tf.Tensor2D): Gaussian {
  const factors = of.map((one) => factorOf(one, PRODUCT_EPSILON));
  return productOf(availableFactors(factors, presenceColumns(mask)), PRODUCT_EPSILON);
}

function gaussianOf(map: tf.Tensor5D): Gaussian {
  const [mean, logVariance] = tf.split<tf.Tensor5D>(map, 2, 4);
  return { mean, logVariance: tf.clipByValue(logVariance, -MOST_LOG_VARIANCE, MOST_LOG_VARIANCE) };
}

/** A Gaussian as a factor of products: 1 / (s^2 + epsilon), and the mean times that. */
interface Factor {
  precision: tf.Tensor;
  pull: tf.Tensor;
}

function factorOf({ mean, logVariance }: Gaussian, epsilon: number): Factor {
  const precision = tf.div(1, tf.add(tf.exp(logVariance), epsilon));
  return { precision, pull: tf.mul(mean, precision) };
}

/** Of the available modalities alone, the others 0. @param columns of `presenceColumns` */
const availableFactors = (factors: readonly Factor[], columns: readonly tf.Tensor[]): Factor[] =>
  factors.map(({ precision, pull }, m) => ({
    precision: tf.mul(precision, columns[m]),
    pull: tf.mul(pull, columns[m]),
  }));

/**
 * The product of Gaussians and N(0, 1), normalised: with T = 1 + sum 1 / (s^2 + epsilon), mean
 * sum mu / (s^2 + epsilon) / T and log-variance log(1 / T + epsilon).
 */
function productOf(factors: readonly Factor[], epsilon: number): Gaussian {
  const total = tf.add(tf.addN(factors.map(({ precision }) => precision)), 1);
  return {
    mean: tf.div(tf.addN(factors.map(({ pull }) => pull)), total),
    logVariance: tf.log(tf.add(tf.div(1, total), epsilon)) as tf.Tensor5D,
  };
}

const STANDARD_NORMAL = { mean: 0, logVariance: 0 };

/** Kullback-Leibler divergence of two Gaussians, mean over samples, voxels and channels. */
function gaussianDivergence(
  one: Gaussian,
  other: Gaussian | typeof STANDARD_NORMAL,
  epsilon: number,
): tf.Scalar {
  return tf.tidy(() => {
    const between = tf.square(tf.sub(one.mean, other.mean));
    const ratio = tf.div(
      tf.add(tf.exp(one.logVariance), between),
      tf.add(tf.exp(other.logVariance), epsilon),
    );
    const logs = tf.sub(tf.sub(other.logVariance, one.logVariance), 1);
    return tf.mul(tf.mean(tf.add(logs, ratio)), 0.5) as tf.Scalar;
  });
}

/** The 15 sets of modalities, by their numbers. */
const SUBSETS = Array.from({ length: 15 }, (_, i) =>
  [0, 1, 2, 3].filter((m) => ((i + 1) >> m) % 2 === 1),
);

/**
 * The KL terms, means over the levels: `inter` between the product of the available modalities and that of each subset,
 * `prior` between that of each subset and N(0, 1).
 */
export function uhvedDivergences(
  gaussians: readonly (readonly Gaussian[])[],
  mask: tf.Tensor2D,
  { productEpsilon, distanceEpsilon, interCount }: UhvedVariant,
): { inter: tf.Scalar; prior: tf.Scalar } {
  const columns = presenceColumns(mask);
  const sums = gaussians.map((of) => {
    const factors = of.map((one) => factorOf(one, productEpsilon));
    const whole = productOf(availableFactors(factors, columns), productEpsilon);
    const products = SUBSETS.map((subset) =>
      productOf(
        subset.map((m) => factors[m]),
        productEpsilon,
      ),
    );
    const sum = (terms: tf.Scalar[]): tf.Scalar => tf.addN(terms);
    return {
      inter: sum(products.map((part) => gaussianDivergence(whole, part, distanceEpsilon))),
      prior: sum(
        products.map((part) => gaussianDivergence(part, STANDARD_NORMAL, distanceEpsilon)),
      ),
    };
  });
  const overLevels = (name: 'inter' | 'prior', count: number): tf.Scalar =>
    tf.div(tf.addN(sums.map((level) => level[name])), count * sums.length);
  return { inter: overLevels('inter', interCount), prior: overLevels('prior', SUBSETS.length) };
}
