/**
 * The segmentation network of MCKD's authors: one encoder (ResNet-50-like, with ASPP) that sees each
 * modality on its own, and one decoder on the features of all four. 43,656,672 parameters at width 1.
 * Functions (params, x) -> y, NDHWC; names are those of the authors' PyTorch network.
 */
import {
  conv3d,
  doubleSize,
  instanceNorm,
  normsBySample,
  standardise,
  upsampleInPlane,
} from '../nn/layers3d';
import type { Conv3dOptions, InstanceNormOptions } from '../nn/layers3d';
import { maxPool3d } from '../nn/max-pool3d';
import { freshParameters, type NamedTensors, type Parameters } from '../nn/parameters';
import { stopGradient } from '../nn/gradients';
import { recompute, type Block } from '../nn/recompute';
import type { RandomStream } from '../base/random';
import { tf } from '../nn/tf';
import {
  ASPP_DILATIONS,
  segmentationLayers,
  segmentationSpecs,
  STAGE_BLOCKS,
} from './segmentation-layers';

export { MODALITY_COUNT, segmentationLayers, segmentationSpecs } from './segmentation-layers';

/** Fresh parameters, as `segmentationSpecs` has them. The caller disposes of them. */
export function segmentationParameters(width: number, stream: RandomStream): Parameters {
  return freshParameters(segmentationSpecs(width), stream);
}

/** How the network is run; what it computes is the same. */
export interface RunOptions {
  /**
   * Keep only the blocks' inputs for the backward pass, and run each block again there: about a third more time,
   * and half the memory of a large crop. Default: false.
   */
  recompute?: boolean;
}

export interface EncodeOptions extends RunOptions {
  /** Which modalities are available; the others' images are not read. Default: all. */
  present?: readonly boolean[];
  /**
   * Whether the gradient passes through the encoding of a missing modality. Default: yes, as in the authors' code.
   * On fresh weights it overflows: zeros have no variance, and each norm divides by the root of its epsilon.
   */
  missingLearns?: boolean;
}

/** The encoder's output for N samples. */
export interface Encoded {
  /** f_m of each modality, [N, D/16, H/32, W/32, 256 * width] each. */
  features: tf.Tensor5D[];
  /** Skips of levels 0..3, the modalities' channels side by side. */
  skips: tf.Tensor5D[];
}

/**
 * Encodes each modality on its own with the one encoder; an absent one is a volume of zeros (the mean intensity),
 * which is encoded once, whichever and however many are absent.
 * images [N, D, H, W, M], D divisible by 16, H and W by 32; M is 4, or fewer where others are encoded
 * apart. The caller disposes of the result.
 */
export function encodeModalities(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  options: EncodeOptions = {},
): Encoded {
  const { present = Array<boolean>(images.shape[4]).fill(true), missingLearns = true } = options;
  return tf.tidy(() => {
    const [samples, ...rest] = images.shape;
    const given = tf.split<tf.Tensor5D>(images, present.length, 4).filter((_, m) => present[m]);
    const missing = given.length < present.length;
    const empty = missing ? [tf.zeros<tf.Rank.R5>([1, rest[0], rest[1], rest[2], 1])] : [];
    const volumes = tf.concat([...given, ...empty], 0);
    const encoded = encodeVolumes(parameters, SHARED_ENCODER, volumes, options);
    const counts = [...given.map(() => samples), ...empty.map(() => 1)];
    /** The volumes' maps as one [N, ...] per modality. */
    const byModality = (x: tf.Tensor5D): tf.Tensor5D[] => {
      const maps = tf.split<tf.Tensor5D>(x, counts, 0);
      const zeros =
        missing && (missingLearns ? maps[given.length] : stopGradient(maps[given.length]));
      const absent = zeros && tf.concat(Array<tf.Tensor5D>(samples).fill(zeros), 0);
      let next = 0;
      return present.map((here) => (here || !absent ? maps[next++] : absent));
    };
    const features = byModality(encoded.feature);
    const skips = encoded.skips.map((level) => tf.concat(byModality(level), 4));
    return { features, skips } as unknown as tf.TensorContainerObject;
  }) as unknown as Encoded;
}

/** The encoder that all modalities share, as its parameters' names begin. */
const SHARED_ENCODER = 'shared_enc';

/** What an encoder makes of volumes. */
export interface EncodedVolumes {
  /** Of levels 0..3. */
  skips: tf.Tensor5D[];
  /** What enters the spatial pyramid, and what leaves it: [V, D/16, H/32, W/32, 256 * width] both. */
  entering: tf.Tensor5D;
  feature: tf.Tensor5D;
}

/**
 * Encodes volumes [V, D, H, W, 1] of any modality. In a tidy of the caller's.
 * @param encoder what the names of its parameters begin with
 */
export function encodeVolumes(
  given: NamedTensors,
  encoder: string,
  volumes: tf.Tensor5D,
  options: RunOptions,
): EncodedVolumes {
  const skips: tf.Tensor5D[] = [];
  const backbone = `${encoder}.backbone`;
  const parameters = normsBySample(given, encoder, volumes.shape[0]);
  let x = normed(parameters, `${backbone}.conv1`, `${backbone}.norm1`, volumes, {
    stride: [1, 2, 2],
    inputIsData: true,
  });
  skips.push(x);
  x = maxPool3d(x);
  STAGE_BLOCKS.forEach((blocks, stage) => {
    for (let b = 0; b < blocks; b++) {
      const name = `${backbone}.layer${stage + 1}.${b}`;
      x = runBlock(bottleneck(name, b === 0, b === 0 && stage > 0), name, parameters, x, options);
    }
    if (stage < 3) skips.push(x);
  });
  const reduce = `${encoder}.asppreduce`;
  const entering = normed(parameters, `${reduce}.0`, `${reduce}.1`, x);
  return { skips, entering, feature: aspp(parameters, `${encoder}.aspp`, entering) };
}

/**
 * The parameters with the standardised kernel of each convolution that has one, under `name.kernel`: for a network that
 * is run several times with the same weights. The caller disposes of what it has more than the parameters.
 */
export function withKernels(parameters: NamedTensors): NamedTensors {
  const kernels = Object.keys(parameters).flatMap((key) => {
    const name = key.replace(/\.weight$/, '');
    return parameters[key].rank === 5 && !UNSTANDARDISED.has(name)
      ? [[`${name}.kernel`, standardise(parameters[key])] as const]
      : [];
  });
  return { ...parameters, ...Object.fromEntries(kernels) };
}

/** Convolutions of any width whose weights are used as they are. */
const UNSTANDARDISED = new Set(
  segmentationLayers(1)
    .convolutions.filter(({ standardised }) => !standardised)
    .map(({ name }) => name),
);

/** The standardised kernel of a convolution: that of `withKernels`, or worked out. */
export function kernelOf(parameters: NamedTensors, conv: string): tf.Tensor5D {
  return (parameters[`${conv}.kernel`] ?? standardise(parameters[`${conv}.weight`])) as tf.Tensor5D;
}

/** Weight-standardised convolution, instance norm, leaky ReLU. */
function normed(
  parameters: NamedTensors,
  conv: string,
  norm: string,
  x: tf.Tensor5D,
  options: Conv3dOptions & InstanceNormOptions = {},
): tf.Tensor5D {
  // One tidy per layer: what the backward pass doesn't need is freed at once, not at the end of the network.
  return tf.tidy(() => {
    return instanceNorm(parameters, norm, conv3d(x, kernelOf(parameters, conv), options), {
      activate: true,
      ...options,
    });
  });
}

/** A block of the network, run as the options say. */
function runBlock(
  block: Block<tf.Tensor5D>,
  name: string,
  parameters: NamedTensors,
  x: tf.Tensor5D,
  options: RunOptions,
): tf.Tensor5D {
  return options.recompute ? recompute(block, name, parameters, x) : block(parameters, x);
}

/** 1x1x1, 3x3x3 (with the stride), 1x1x1 to four times the planes, plus the (projected) input. */
function bottleneck(name: string, first: boolean, halve: boolean): Block<tf.Tensor5D> {
  const stride: [number, number, number] = halve ? [2, 2, 2] : [1, 1, 1];
  // Until the first convolution that sees the edge the maps of an empty volume are constant.
  const maybeConstant = first && !halve;
  return (parameters, x) =>
    tf.tidy(() => {
      let y = normed(parameters, `${name}.conv1`, `${name}.norm1`, x, { maybeConstant });
      y = normed(parameters, `${name}.conv2`, `${name}.norm2`, y, { stride });
      const plus = first
        ? normed(parameters, `${name}.downsample.0`, `${name}.downsample.1`, x, {
            ...{ stride, maybeConstant },
            activate: false,
          })
        : x;
      return normed(parameters, `${name}.conv3`, `${name}.norm3`, y, { plus });
    });
}

/**
 * Atrous spatial pyramid pooling: one 1x1x1 branch, three dilated 3x3x3, one global.
 * The global branch's instance norm runs over a single voxel, so it is the constant LeakyReLU(beta).
 */
function aspp(parameters: NamedTensors, name: string, x: tf.Tensor5D): tf.Tensor5D {
  const branches = [
    normed(parameters, `${name}.branch1.0`, `${name}.branch1.1`, x),
    ...ASPP_DILATIONS.map((dilation, i) =>
      normed(parameters, `${name}.branch${i + 2}.0`, `${name}.branch${i + 2}.1`, x, { dilation }),
    ),
  ];
  const mean = tf.mean(x, [1, 2, 3], true) as tf.Tensor5D;
  const global = normed(parameters, `${name}.branch5_conv`, `${name}.branch5_norm`, mean);
  const spread = tf.add(global, tf.zeros([...x.shape.slice(0, 4), 1]));
  const joined = tf.concat([...branches, spread as tf.Tensor5D], 4) as tf.Tensor5D;
  return normed(parameters, `${name}.conv_cat.0`, `${name}.conv_cat.1`, joined);
}

/**
 * Decodes the four features (absent ones filled) and the skips to logits of ET, WT, TC.
 * features [N, d, h, w, 256 width] each -> [N, D, H, W, 3]. The caller disposes of it.
 */
export function decodeRegions(
  given: NamedTensors,
  features: readonly tf.Tensor[],
  skips: readonly tf.Tensor5D[],
  options: RunOptions = {},
): tf.Tensor5D {
  return tf.tidy(() => {
    let x = tf.concat(features as tf.Tensor5D[], 4) as tf.Tensor5D;
    const parameters = normsBySample(given, 'shared_dec', x.shape[0]);
    for (let level = 3; level >= 0; level--) {
      const up = doubleSize(
        x,
        parameters[`shared_dec.transposeconv_stage${level}.weight`] as tf.Tensor5D,
      );
      const shortcut = `shared_dec.shortcut_conv${level}`;
      const skip = normed(parameters, `${shortcut}.0`, `${shortcut}.1`, skips[level]);
      const block = `shared_dec.stage${level}_de`;
      x = runBlock(basicBlock(block), block, parameters, tf.add(up, skip), options);
    }
    return upsampleInPlane(conv3d(x, parameters['shared_dec.cls_conv.0.weight'] as tf.Tensor5D));
  });
}

/** Two 3x3x3 convolutions plus the input. */
function basicBlock(name: string): Block<tf.Tensor5D> {
  return (parameters, x) =>
    tf.tidy(() => {
      const y = normed(parameters, `${name}.conv1`, `${name}.norm1`, x);
      return normed(parameters, `${name}.conv2`, `${name}.norm2`, y, { plus: x });
    });
}
