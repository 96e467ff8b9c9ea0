/**
 * The layers of the segmentation network at a width, by the names of the authors' PyTorch network. Plain numbers: no
 * TensorFlow is loaded.
 */

import { kernelShape, normSpecs, type ParameterSpec } from '../nn/parameter-specs';

export const MODALITY_COUNT = 4;
const REGION_COUNT = 3;

/** Blocks and planes of the four stages; a block outputs 4 x planes channels. */
export const STAGE_BLOCKS = [3, 4, 6, 3];
const STAGE_PLANES = [64, 128, 256, 320];
const STEM = 64;
const FEATURE = 256;
const DECODER = [32, 64, 128, 256];
export const ASPP_DILATIONS = [2, 4, 8];

/** Channels at a width: 1 is the authors' network, 1/8 an eighth of every channel count. */
function scaled(channels: number, width: number): number {
  return Math.max(1, Math.round(channels * width));
}

/** One convolution's place in the network. */
export interface ConvSpec {
  name: string;
  kernel: number;
  inputs: number;
  outputs: number;
  transposed?: boolean;
  /** Its weights are standardised per filter: those of all convolutions followed by a norm. */
  standardised?: boolean;
}

/** Every convolution of the network at a width, and the norm after it (if there is one). */
export function segmentationLayers(width: number): {
  convolutions: ConvSpec[];
  norms: { name: string; channels: number }[];
} {
  const convolutions: ConvSpec[] = [];
  const norms: { name: string; channels: number }[] = [];
  const add = (
    name: string,
    kernel: number,
    inputs: number,
    outputs: number,
    norm?: string,
  ): void => {
    convolutions.push({ name, kernel, inputs, outputs, standardised: norm !== undefined });
    if (norm) norms.push({ name: norm, channels: outputs });
  };
  const c = (channels: number): number => scaled(channels, width);
  const backbone = 'shared_enc.backbone';
  add(`${backbone}.conv1`, 7, 1, c(STEM), `${backbone}.norm1`);
  let channels = c(STEM);
  STAGE_BLOCKS.forEach((blocks, stage) => {
    const planes = c(STAGE_PLANES[stage]);
    for (let b = 0; b < blocks; b++) {
      const block = `${backbone}.layer${stage + 1}.${b}`;
      add(`${block}.conv1`, 1, channels, planes, `${block}.norm1`);
      add(`${block}.conv2`, 3, planes, planes, `${block}.norm2`);
      add(`${block}.conv3`, 1, planes, 4 * planes, `${block}.norm3`);
      if (b === 0) add(`${block}.downsample.0`, 1, channels, 4 * planes, `${block}.downsample.1`);
      channels = 4 * planes;
    }
  });
  const f = c(FEATURE);
  const aspp = 'shared_enc.aspp';
  add('shared_enc.asppreduce.0', 1, channels, f, 'shared_enc.asppreduce.1');
  add(`${aspp}.branch1.0`, 1, f, f, `${aspp}.branch1.1`);
  ASPP_DILATIONS.forEach((_, i) =>
    add(`${aspp}.branch${i + 2}.0`, 3, f, f, `${aspp}.branch${i + 2}.1`),
  );
  add(`${aspp}.branch5_conv`, 1, f, f, `${aspp}.branch5_norm`);
  add(`${aspp}.conv_cat.0`, 1, 5 * f, f, `${aspp}.conv_cat.1`);
  for (let level = 3; level >= 0; level--) {
    const outputs = c(DECODER[level]);
    const below = level === 3 ? MODALITY_COUNT * f : c(DECODER[level + 1]);
    const skip = level === 0 ? c(STEM) : 4 * c(STAGE_PLANES[level - 1]);
    convolutions.push({
      name: `shared_dec.transposeconv_stage${level}`,
      kernel: 2,
      inputs: below,
      outputs,
      transposed: true,
    });
    const shortcut = `shared_dec.shortcut_conv${level}`;
    add(`${shortcut}.0`, 1, MODALITY_COUNT * skip, outputs, `${shortcut}.1`);
    const block = `shared_dec.stage${level}_de`;
    add(`${block}.conv1`, 3, outputs, outputs, `${block}.norm1`);
    add(`${block}.conv2`, 3, outputs, outputs, `${block}.norm2`);
  }
  add('shared_dec.cls_conv.0', 1, c(DECODER[0]), REGION_COUNT);
  return { convolutions, norms };
}

/**
 * Every parameter. Convolutions start Kaiming normal, fan_out, gain sqrt 2 (a transposed convolution's fan_out is
 * 8 * inputs, as PyTorch counts it); norms 1 and 0.
 */
export function segmentationSpecs(width: number): ParameterSpec[] {
  const { convolutions, norms } = segmentationLayers(width);
  return [
    ...convolutions.map(({ name, kernel, inputs, outputs, transposed }) => {
      const [first, second] = transposed ? [inputs, outputs] : [outputs, inputs];
      return {
        name: `${name}.weight`,
        shape: kernelShape(first, second, kernel),
        initial: { normal: Math.sqrt(2 / (first * kernel ** 3)) },
      };
    }),
    ...norms.flatMap(({ name, channels }) => normSpecs(name, channels)),
  ];
}

/** The convolution with the fewest weights per filter among those that are standardised. */
function smallestFilter(width: number): { name: string; weights: number } {
  return segmentationLayers(width)
    .convolutions.filter(({ standardised }) => standardised)
    .map(({ name, kernel, inputs }) => ({ name, weights: kernel ** 3 * inputs }))
    .reduce((least, one) => (one.weights < least.weights ? one : least));
}

/** One weight has no standard deviation, which standardisation divides by. */
const LEAST_WEIGHTS = 2;

/** Why the network can't be trained at a width, with the least that it can; undefined where it can. */
export function widthProblem(width: number): string | undefined {
  const { name, weights } = smallestFilter(width);
  if (weights >= LEAST_WEIGHTS) return undefined;
  let [low, high] = [width, 1];
  while (high - low > 1e-5) {
    const middle = (low + high) / 2;
    if (smallestFilter(middle).weights >= LEAST_WEIGHTS) high = middle;
    else low = middle;
  }
  return (
    `should be at least ${(Math.ceil(high * 1e4) / 1e4).toFixed(4)}: below, a filter of ${name} has one weight, ` +
    'and weight standardisation divides by the standard deviation of several'
  );
}
