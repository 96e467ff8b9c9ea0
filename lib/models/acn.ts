/**
 * ACN (Wang et al., MICCAI 2021, arXiv 2106.14591; github Wangyixinxin/ACN at 0643c57): a network for one scan, trained
 * beside one for all four; outputs are to agree, and two discriminators tell whose entropies and features they see.
 */
import { sumInTurn } from '../nn/class-losses';
import { leakyRelu, relu, softmax } from '../nn/elementwise';
import { convolve } from '../nn/layers3d';
import { groupNorm } from '../nn/normalise-over';
import {
  kernelShape,
  layerSpecs,
  normSpecs,
  type LayerStart,
  type ParameterSpec,
} from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { enlarge } from '../nn/resize3d';
import { tf } from '../nn/tf';
import type { Size3 } from '../volume/size';

const GROUPS = 8;
const CLASS_COUNT = 4;
/** The scans in the order of the four-scan network: T1, T2, FLAIR, T1ce, by their numbers in FLAIR, T1, T1ce, T2. */
const STACKED = [1, 3, 0, 2];
/** Blocks of the four levels, by the names of their parameters. */
const LEVELS = [
  ['conv1b'],
  ['conv2a', 'conv2b'],
  ['conv3a', 'conv3b'],
  ['conv4a', 'conv4b', 'conv4c', 'conv4d'],
];

/** The two segmentation networks, by what their parameters' names begin with. */
export const ACN_NETWORKS = { multi: 'model', mono: 'model_mono' } as const;

export interface AcnSizes {
  /** Channels of level 1, a multiple of 8, and of the entropies' discriminator: 16 and 64 as published. */
  base: number;
  discriminatorBase: number;
  /** Sides are multiples of 16; the variational branch, which no loss uses, is of the crop's size. */
  crop: Size3;
}

const conv = (
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
  start?: LayerStart,
): ParameterSpec[] => layerSpecs(name, kernelShape(outputs, inputs, kernel), start);

function blockSpecs(name: string, channels: number): ParameterSpec[] {
  return [1, 2].flatMap((i) => [
    ...normSpecs(`${name}.gn${i}`, channels),
    ...conv(`${name}.conv${i}`, channels, channels, 3),
  ]);
}

function networkSpecs(name: string, inputs: number, { base, crop }: AcnSizes): ParameterSpec[] {
  const unet = `${name}.unet`;
  const vid = `${name}.VID_branch`;
  const deepest = 8 * base;
  return [
    ...conv(`${unet}.conv1a`, inputs, base, 3),
    ...LEVELS.flatMap((blocks, i) => [
      ...(i > 0 ? conv(`${unet}.ds${i}`, base * 2 ** (i - 1), base * 2 ** i, 3) : []),
      ...blocks.flatMap((block) => blockSpecs(`${unet}.${block}`, base * 2 ** i)),
    ]),
    ...[4, 3, 2].flatMap((level) => {
      const channels = base * 2 ** (level - 2);
      return [
        ...conv(`${unet}.up${level}conva`, 2 * channels, channels, 1),
        ...blockSpecs(`${unet}.up${level}convb`, channels),
      ];
    }),
    ...conv(`${unet}.up1conv`, base, CLASS_COUNT, 1),
    ...variationalSpecs(`${name}.vae_branch`, inputs, base, crop),
    {
      name: `${vid}.log_scale`,
      shape: [deepest],
      initial: { constant: Math.log(Math.exp(5 - 1e-5) - 1) },
    },
    ...[0, 2, 4].flatMap((i) => conv(`${vid}.regressor.${i}`, deepest, deepest, 1, { bias: null })),
  ];
}

/** A branch that the authors build and run, and that is in no loss: here for their checkpoints alone. */
function variationalSpecs(
  name: string,
  outputs: number,
  base: number,
  crop: Size3,
): ParameterSpec[] {
  const deepest = 8 * base;
  const latent = 2 * base;
  const voxels = crop.reduce((product, side) => product * (side / 16), 1);
  return [
    ...normSpecs(`${name}.hidden_conv.0`, deepest),
    ...conv(`${name}.hidden_conv.2`, deepest, 2 * latent, 3),
    ...layerSpecs(`${name}.mu_fc`, [latent, latent]),
    ...layerSpecs(`${name}.logvar_fc`, [latent, latent]),
    ...layerSpecs(`${name}.reconstraction.0`, [deepest * voxels, latent]),
    ...conv(`${name}.vconv4.0`, deepest, deepest, 1),
    ...[3, 2, 1].flatMap((level) => {
      const channels = base * 2 ** (level - 1);
      return [
        ...conv(`${name}.vconv${level}.0`, 2 * channels, channels, 3),
        ...blockSpecs(`${name}.vconv${level}.2`, channels),
      ];
    }),
    ...conv(`${name}.vconv0`, base, outputs, 1),
  ];
}

/** Channels of the discriminators' layers, and their kernels. */
const discriminators = ({
  base,
  discriminatorBase,
}: AcnSizes): { name: string; kernel: number; channels: number[] }[] => [
  {
    name: 'd_main',
    kernel: 4,
    channels: [CLASS_COUNT, ...[1, 2, 4, 8].map((times) => times * discriminatorBase), 1],
  },
  {
    name: 'd_feature',
    kernel: 3,
    channels: [8 * base, 4 * discriminatorBase, 8 * discriminatorBase, 1],
  },
];

/** Every parameter of both networks and both discriminators. */
export function acnSpecs(sizes: AcnSizes): ParameterSpec[] {
  return [
    ...networkSpecs(ACN_NETWORKS.multi, STACKED.length, sizes),
    ...networkSpecs(ACN_NETWORKS.mono, 1, sizes),
    ...discriminators(sizes).flatMap(({ name, kernel, channels }) =>
      channels
        .slice(1)
        .flatMap((outputs, i) => conv(`${name}.${2 * i}`, channels[i], outputs, kernel)),
    ),
  ];
}

/** What the four-scan network sees of images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2. */
export function acnStack(images: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => tf.gather(images, tf.tensor1d(STACKED, 'int32'), 4) as tf.Tensor5D);
}

/** One-hot background, core, oedema, enhancing tumour -> oedema, core, enhancing tumour, background, [N, D, H, W, 4]. */
export function acnTargets(classes: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => tf.gather(classes, tf.tensor1d([2, 1, 3, 0], 'int32'), 4) as tf.Tensor5D);
}

export interface AcnOutputs {
  /** Of oedema, core, enhancing tumour, background, [N, D, H, W, 4]. */
  logits: tf.Tensor5D;
  /** Sigmoids of the logits. */
  probabilities: tf.Tensor5D;
  /** Of the deepest level. */
  feature: tf.Tensor5D;
}

/**
 * Runs one of the two networks. In a tidy of the caller's.
 * @param network what its parameters' names begin with
 * @param images [N, D, H, W, 4] as `acnStack` orders them, or one scan's
 * @param drop the dropout of what the decoder gets of the feature; default: none
 */
export function runAcn(
  parameters: NamedTensors,
  network: string,
  images: tf.Tensor5D,
  drop: (x: tf.Tensor5D) => tf.Tensor5D = (x) => x,
): AcnOutputs {
  const unet = `${network}.unet`;
  const block = (name: string, x: tf.Tensor5D): tf.Tensor5D =>
    residualBlock(parameters, `${unet}.${name}`, x);
  const skips: tf.Tensor5D[] = [];
  let x = convolve(parameters, `${unet}.conv1a`, images, { inputIsData: true });
  LEVELS.forEach((blocks, i) => {
    if (i > 0) x = convolve(parameters, `${unet}.ds${i}`, x, { stride: [2, 2, 2] });
    x = blocks.reduce((y, name) => block(name, y), x);
    skips.push(x);
  });
  const feature = x;
  x = drop(feature);
  for (let level = LEVELS.length; level > 1; level--) {
    x = enlarge(convolve(parameters, `${unet}.up${level}conva`, x), 2, 'nearest');
    x = block(`up${level}convb`, tf.add(x, skips[level - 2]));
  }
  const logits = convolve(parameters, `${unet}.up1conv`, x);
  return { logits, probabilities: tf.sigmoid(logits), feature };
}

/** x plus two times group norm, ReLU, convolution. */
function residualBlock(parameters: NamedTensors, name: string, x: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const half = (i: number, y: tf.Tensor5D): tf.Tensor5D =>
      convolve(
        parameters,
        `${name}.conv${i}`,
        relu(groupNorm(parameters, `${name}.gn${i}`, y, GROUPS)),
      );
    return tf.add(x, half(2, half(1, x)));
  });
}

/** Logits of a discriminator. */
export function discriminate(
  parameters: NamedTensors,
  name: 'd_main' | 'd_feature',
  x: tf.Tensor5D,
): tf.Tensor5D {
  return tf.tidy(() => {
    const [layers, halving] = name === 'd_main' ? [5, [0, 1, 2, 3, 4]] : [3, [2]];
    let y = x;
    for (let i = 0; i < layers; i++) {
      const stride = halving.includes(i) ? 2 : 1;
      y = convolve(parameters, `${name}.${2 * i}`, y, { stride: [stride, stride, stride] });
      if (i < layers - 1) y = leakyRelu(y, 0.2);
    }
    return y;
  });
}

/** Entropy of each class in bits, of the softmax of the network's sigmoids, halved. */
export function entropyMaps(probabilities: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const s = softmax(probabilities);
    const logs = tf.div(tf.log(tf.add(s, 1e-30)), 2 * Math.LN2);
    return tf.neg(tf.mul(s, logs)) as tf.Tensor5D;
  });
}

/**
 * Of the one-scan network's feature and what its own branch predicts of it: mean of ((pred - f)^2 / v + log v) / 2 with
 * v = softplus(log_scale) + 1e-5. The authors mean the four-scan network's feature; a variable is written over.
 */
export function mutualInformation(parameters: NamedTensors, feature: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => {
    const name = `${ACN_NETWORKS.mono}.VID_branch`;
    const layer = (i: number, x: tf.Tensor5D): tf.Tensor5D =>
      convolve(parameters, `${name}.regressor.${i}`, x);
    const predicted = layer(4, relu(layer(2, relu(layer(0, feature)))));
    const variance = tf.add(tf.softplus(parameters[`${name}.log_scale`]), 1e-5);
    const squares = tf.div(tf.square(tf.sub(predicted, feature)), variance);
    return tf.mul(tf.mean(tf.add(squares, tf.log(variance))), 0.5) as tf.Scalar;
  });
}

/** Sum over the classes but the background of mean (p - q)^2; both sides learn. */
export function classDistance(p: tf.Tensor5D, q: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => {
    const sums = sumInTurn(tf.squaredDifference(p, q), [0, 1, 2, 3]);
    const tumour = tf.slice(tf.reshape(sums, [-1]), 0, CLASS_COUNT - 1);
    return tf.div(tf.sum(tumour), p.size / CLASS_COUNT) as tf.Scalar;
  });
}

/** The weight of `classDistance` in an epoch: it rises from 10 exp(-5) to 10 over 20 of them. */
export function distanceWeight(epoch: number): number {
  return 10 * Math.exp(-5 * (1 - Math.min(epoch, 20) / 20) ** 2);
}
