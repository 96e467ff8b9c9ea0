/**
 * RobustSeg (Chen et al., MICCAI 2019, arXiv 2002.09708; github cchen-cc/Robust-Mseg at fa35dda): each scan is split into
 * content, four levels of maps, and style, eight numbers; gates weigh the content of the present scans, one mask is
 * decoded of what they let through, and each scan is rebuilt from it with its own style. 37,455,749 parameters at full
 * size.
 */
import { linear } from '../nn/dense';
import { relu } from '../nn/elementwise';
import { convolve, type Conv3dOptions } from '../nn/layers3d';
import { normalise } from '../nn/normalise';
import { layerNorm } from '../nn/normalise-over';
import {
  kernelShape,
  layerSpecs,
  normSpecs,
  truncatedHe,
  type Initial,
  type ParameterSpec,
} from '../nn/parameter-specs';
import { sumOfSquares, type NamedTensors } from '../nn/parameters';
import { enlarge, type Interpolation } from '../nn/resize3d';
import { tf } from '../nn/tf';
import type { Size3 } from '../volume/size';
import {
  CLASS_COUNT,
  levelChannels,
  levelDecoder,
  levelDecoderSpecs,
  presenceColumns,
  residualEncoder,
  residualEncoderSpecs,
  type Padding,
  type Unit,
  type UnitOptions,
  type UnitSpecs,
} from './conv-units';

const LEVELS = 4;
const RESIDUAL_BLOCKS = 4;
const STYLE_LAYERS = 5;

/** The network's order of modalities, and their numbers in FLAIR, T1, T1ce, T2. */
export const ROBUSTSEG_SCANS = [
  { name: 'flair', modality: 0 },
  { name: 't1c', modality: 2 },
  { name: 't1', modality: 1 },
  { name: 't2', modality: 3 },
] as const;

export interface RobustsegSizes {
  /** Channels of the content's level 1, and of the style encoder's first layer: 16 and 32 as published. */
  base: number;
  styleBase: number;
  /** Numbers of a style, and of the hidden layers behind them, which are 8 base: 8 and 128. */
  style: number;
  hidden: number;
}

/** What the port (AImageLab-zip/IM-Fuse at fbbd48e) has otherwise than the authors' code. */
export interface RobustsegVariant {
  /** Have norms scale and shift? */
  affine: boolean;
  /** Leaky ReLU behind the gates' norm? */
  activatesGates: boolean;
  upsampling: Interpolation;
  /** Of the three convolutions behind the enlargements of a scan that is rebuilt. */
  imagePadding: Padding;
  /** Their norm: over channels and space with scale and shift by channel, or by channel over space, those by voxel. */
  imageNorm: 'layer' | 'voxel';
  /** Has each scan its own last convolution? */
  ownLogits: boolean;
  /** Adaptive norms divide by the variance with n - 1. */
  unbiased: boolean;
  /** In the cross-entropy a class weighs by its share of the batch, or of each sample. */
  classShares: 'batch' | 'sample';
  /** Dice has squares below. */
  squaredDice: boolean;
  /** Styles' distances from N(0, 1), over their channels. */
  divergence: 'sum' | 'mean';
  /** Are kernels drawn to 0? */
  decays: boolean;
}

export const ROBUSTSEG_ORIGINAL: RobustsegVariant = {
  affine: true,
  activatesGates: false,
  upsampling: 'nearest',
  imagePadding: 'reflect',
  imageNorm: 'layer',
  ownLogits: false,
  unbiased: false,
  classShares: 'batch',
  squaredDice: true,
  divergence: 'sum',
  decays: true,
};

export const ROBUSTSEG_PORT: RobustsegVariant = {
  affine: false,
  activatesGates: true,
  upsampling: 'corners',
  imagePadding: 'zeros',
  imageNorm: 'voxel',
  ownLogits: true,
  unbiased: true,
  classShares: 'sample',
  squaredDice: false,
  divergence: 'mean',
  decays: false,
};

/** Kernels: a truncated normal of 0.01; biases: TensorFlow 1's default, Glorot uniform. */
const kernelStart = (): Initial => ({ truncatedNormal: 0.01 });
const conv = (name: string, inputs: number, outputs: number, kernel: number): ParameterSpec[] =>
  layerSpecs(`${name}.conv`, kernelShape(outputs, inputs, kernel), {
    weight: kernelStart,
    bias: () => ({ uniform: Math.sqrt(3 / outputs) }),
  });
const dense = (name: string, inputs: number, outputs: number): ParameterSpec[] =>
  layerSpecs(`${name}.linear`, [outputs, inputs], {
    weight: truncatedHe,
    bias: () => ({ constant: 0 }),
  });

/** Channels of the style encoder's layers. */
const styleChannels = (base: number): number[] => [base, 2 * base, 4 * base, 4 * base, 4 * base];

/** Every parameter. @param crop for the norms by voxel that the port has */
export function robustsegSpecs(
  sizes: RobustsegSizes,
  variant: RobustsegVariant,
  crop: Size3,
): ParameterSpec[] {
  const { base, styleBase, style } = sizes;
  const unit: UnitSpecs = (name, inputs, outputs, kernel) => [
    ...conv(name, inputs, outputs, kernel),
    ...(variant.affine ? normSpecs(`${name}.normalize`, outputs) : []),
  ];
  const all = ROBUSTSEG_SCANS.length;
  const layers = styleChannels(styleBase);
  return [
    ...ROBUSTSEG_SCANS.flatMap(({ name }) => [
      ...layers.flatMap((outputs, i) =>
        conv(`se_${name}.c_${i}`, i === 0 ? 1 : layers[i - 1], outputs, i === 0 ? 7 : 4),
      ),
      ...conv(`se_${name}.se_logit`, layers[STYLE_LAYERS - 1], style, 1),
      ...residualEncoderSpecs(unit, `ce_${name}`, base, LEVELS),
      ...imageDecoderSpecs(`image_de_${name}`, sizes, variant, crop),
    ]),
    ...levelChannels(base, LEVELS).flatMap((channels, i) => [
      ...unit(`att_c${i + 1}`, all * channels, all, 3),
      ...unit(`fusion_c${i + 1}`, all * channels, channels, 1),
    ]),
    ...(variant.ownLogits ? [] : conv('G_logit', base, 1, 7)),
    ...levelDecoderSpecs(unit, 'mask_de', base, LEVELS),
    ...conv('mask_de.seg_logit', base, CLASS_COUNT, 1),
  ];
}

function imageDecoderSpecs(
  name: string,
  { base, style, hidden }: RobustsegSizes,
  { imageNorm, ownLogits }: RobustsegVariant,
  crop: Size3,
): ParameterSpec[] {
  const deepest = 8 * base;
  const norm = (i: number, channels: number): ParameterSpec[] => {
    if (imageNorm === 'layer') return normSpecs(`${name}.layer_norm_${i}`, channels);
    const shape = crop.map((side) => side / 2 ** (LEVELS - 1 - i));
    return normSpecs(`${name}.layer_norm_${i}`, 1).map((spec) => ({ ...spec, shape }));
  };
  return [
    ...dense(`${name}.mlp.linear_0`, style, hidden),
    ...dense(`${name}.mlp.linear_1`, hidden, hidden),
    ...dense(`${name}.mlp.mu`, hidden, deepest),
    ...dense(`${name}.mlp.sigma`, hidden, deepest),
    ...Array.from({ length: RESIDUAL_BLOCKS }, (_, i) => [
      ...conv(`${name}.res_${i}.conv1`, deepest, deepest, 3),
      ...conv(`${name}.res_${i}.conv2`, deepest, deepest, 3),
    ]).flat(),
    ...[0, 1, 2].flatMap((i) => {
      const outputs = deepest / 2 ** (i + 1);
      return [...conv(`${name}.conv_${i}`, 2 * outputs, outputs, 5), ...norm(i + 1, outputs)];
    }),
    ...(ownLogits ? conv(`${name}.G_logit`, base, 1, 7) : []),
  ];
}

export interface RobustsegOutputs {
  /** [N, D, H, W, 4] */
  logits: tf.Tensor5D;
  /** In the order of `ROBUSTSEG_SCANS`. */
  scans: RebuiltScan[];
}

export interface RebuiltScan {
  /** [N, 1, 1, 1, 8] */
  style: tf.Tensor5D;
  /** Scale and shift that the style becomes, [N, C] each. */
  mu: tf.Tensor2D;
  sigma: tf.Tensor2D;
  /** [N, D, H, W, 1] */
  image: tf.Tensor5D;
}

/**
 * Runs the network, without dropout. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, sides multiples of 8, at least 16; all are seen
 * @param mask [N, 4], in FLAIR, T1, T1ce, T2: 1 for each modality that a sample has, 0 for the others
 */
export function runRobustseg(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  mask: tf.Tensor2D,
  variant: RobustsegVariant,
): RobustsegOutputs {
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const contents = volumes.map((scan, m) => encodeRobustseg(parameters, m, scan, variant));
  const { logits, fused } = fuseRobustseg(parameters, contents, mask, variant);
  const scans = ROBUSTSEG_SCANS.map(({ name, modality }) => {
    const style = styleOf(parameters, `se_${name}`, volumes[modality]);
    return rebuild(parameters, name, style, fused[LEVELS - 1], variant);
  });
  return { logits, scans };
}

/** Content of a modality's scan, [N, D, H, W, 1], levels 1 to 4. In a tidy of the caller's. */
export function encodeRobustseg(
  parameters: NamedTensors,
  modality: number,
  scan: tf.Tensor5D,
  variant: RobustsegVariant,
): tf.Tensor5D[] {
  const { name } = ROBUSTSEG_SCANS.find((one) => one.modality === modality)!;
  return residualEncoder(normedUnit(parameters, variant, 0.2), `ce_${name}`, scan, LEVELS);
}

/**
 * Gates, fusions and the mask's decoder on what `encodeRobustseg` gives of FLAIR, T1, T1ce, T2: logits, and the content
 * that is fused, levels 1 to 4. In a tidy of the caller's.
 * @param mask as in `runRobustseg`
 */
export function fuseRobustseg(
  parameters: NamedTensors,
  contents: readonly (readonly tf.Tensor5D[])[],
  mask: tf.Tensor2D,
  variant: RobustsegVariant,
): { logits: tf.Tensor5D; fused: tf.Tensor5D[] } {
  const activated = normedUnit(parameters, variant, 0.2);
  const gate = normedUnit(parameters, variant, variant.activatesGates ? 0.2 : 1);
  const columns = presenceColumns(mask);
  const fused = contents[0].map((_, i) => {
    const maps = ROBUSTSEG_SCANS.map(
      ({ modality }) => tf.mul(contents[modality][i], columns[modality]) as tf.Tensor5D,
    );
    const gates = tf.sigmoid(gate(`att_c${i + 1}`, tf.concat(maps, 4) as tf.Tensor5D));
    const each = tf.split<tf.Tensor5D>(gates, maps.length, 4);
    const passed = tf.concat(
      maps.map((map, k) => tf.mul(map, each[k])),
      4,
    );
    return activated(`fusion_c${i + 1}`, passed as tf.Tensor5D);
  });
  const d = levelDecoder(activated, 'mask_de', fused, variant.upsampling);
  return { logits: convolve(parameters, 'mask_de.seg_logit.conv', d), fused };
}

/** Reflecting convolution with bias, instance norm, leaky ReLU. */
function normedUnit(parameters: NamedTensors, { affine }: RobustsegVariant, slope: number): Unit {
  return (name, x, options) =>
    tf.tidy(() => {
      const norm = `${name}.normalize`;
      return normalise(reflecting(parameters, name, x, options), {
        epsilon: 1e-6,
        bySample: true,
        slope,
        ...(affine && {
          scaleAndShift: [parameters[`${norm}.weight`], parameters[`${norm}.bias`]],
        }),
      });
    });
}

function reflecting(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  { stride = 1, inputIsData }: UnitOptions = {},
): tf.Tensor5D {
  const step: Conv3dOptions['stride'] = [stride, stride, stride];
  const options: Conv3dOptions = { stride: step, padding: 'reflect', inputIsData };
  return convolve(parameters, `${name}.conv`, x, options);
}

function styleOf(parameters: NamedTensors, name: string, volume: tf.Tensor5D): tf.Tensor5D {
  let x = volume;
  for (let i = 0; i < STYLE_LAYERS; i++) {
    const options: UnitOptions = i === 0 ? { inputIsData: true } : { stride: 2 };
    x = relu(reflecting(parameters, `${name}.c_${i}`, x, options));
  }
  const mean = tf.mean(x, [1, 2, 3], true) as tf.Tensor5D;
  return convolve(parameters, `${name}.se_logit.conv`, mean);
}

/** A scan of its style and the fused content of the deepest level. */
function rebuild(
  parameters: NamedTensors,
  scan: string,
  style: tf.Tensor5D,
  content: tf.Tensor5D,
  variant: RobustsegVariant,
): RebuiltScan {
  const name = `image_de_${scan}`;
  const layer = (last: string, x: tf.Tensor): tf.Tensor =>
    linear(parameters, `${name}.mlp.${last}.linear`, x);
  const code = tf.reshape(style, [style.shape[0], -1]);
  const hidden = relu(layer('linear_1', relu(layer('linear_0', code))));
  const [mu, sigma] = ['mu', 'sigma'].map((last) => layer(last, hidden) as tf.Tensor2D);
  const { imagePadding: padding, upsampling, ownLogits } = variant;
  const convolution = (of: string, x: tf.Tensor5D): tf.Tensor5D => reflecting(parameters, of, x);
  let x = content;
  for (let i = 0; i < RESIDUAL_BLOCKS; i++) {
    const block = `${name}.res_${i}`;
    const adapt = (y: tf.Tensor5D): tf.Tensor5D => adaptiveNorm(y, mu, sigma, variant);
    const y = relu(adapt(convolution(`${block}.conv1`, x)));
    x = tf.add(x, adapt(convolution(`${block}.conv2`, y)));
  }
  for (let i = 0; i < LEVELS - 1; i++) {
    const larger = enlarge(x, 2, upsampling);
    const y = convolve(parameters, `${name}.conv_${i}.conv`, larger, { padding });
    x = relu(imageNorm(parameters, `${name}.layer_norm_${i + 1}`, y, variant));
  }
  return { style, mu, sigma, image: convolution(ownLogits ? `${name}.G_logit` : 'G_logit', x) };
}

/** Instance norm whose scale and shift, [N, C], are a sample's own. */
function adaptiveNorm(
  x: tf.Tensor5D,
  scale: tf.Tensor2D,
  shift: tf.Tensor2D,
  { unbiased }: RobustsegVariant,
): tf.Tensor5D {
  const [samples, channels] = scale.shape;
  const spread = (values: tf.Tensor): tf.Tensor => tf.reshape(values, [samples, 1, 1, 1, channels]);
  const normal = normalise(x, { epsilon: 1e-5, bySample: true, unbiased });
  return tf.add(tf.mul(normal, spread(scale)), spread(shift));
}

function imageNorm(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  { imageNorm: kind }: RobustsegVariant,
): tf.Tensor5D {
  if (kind === 'layer') return layerNorm(parameters, name, x, { epsilon: 1e-12, count: 4 });
  const byVoxel = (part: string): tf.Tensor => tf.expandDims(parameters[`${name}.${part}`], -1);
  const normal = normalise(x, { epsilon: 1e-6, bySample: true });
  return tf.add(tf.mul(normal, byVoxel('weight')), byVoxel('bias'));
}

/**
 * How far scale and shift of a scan are from N(0, 1): 1/2 (mu^2 + sigma^2 - 1 - log sigma^2), mean over samples, over
 * channels summed, or their mean. Infinite where a sigma is 0.
 */
export function styleDivergence({ mu, sigma }: RebuiltScan, channels: 'sum' | 'mean'): tf.Scalar {
  return tf.tidy(() => {
    const variance = tf.square(sigma);
    const each = tf.sub(tf.sub(tf.add(tf.square(mu), variance), 1), tf.log(variance));
    const mean = tf.mul(tf.mean(each), 0.5);
    return (channels === 'sum' ? tf.mul(mean, mu.shape[1]) : mean) as tf.Scalar;
  });
}

/** What decays: kernels of the encoders and decoders, not of gates and fusions. */
const DECAYING = /^(se_|ce_|image_de_|mask_de).*\.(conv|linear)\.weight$/;

/** 1e-4 times half the sum of squares of the kernels of encoders and decoders. */
export function robustsegDecay(parameters: NamedTensors): tf.Scalar {
  return tf.tidy(() => {
    const kernels = Object.keys(parameters).filter((name) => DECAYING.test(name));
    return tf.mul(sumOfSquares(parameters, kernels), 0.5e-4) as tf.Scalar;
  });
}
