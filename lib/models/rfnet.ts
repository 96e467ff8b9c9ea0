/**
 * RFNet (Ding, Yu, Yang, ICCV 2021; github dyh127/RFNet at 1e475fa): an encoder for each modality; at each level of the
 * decoder a predicted probability map cuts the features into four regions, and in each a small network weighs the
 * modalities. 8,984,960 parameters at base 16.
 */
import { convolve } from '../nn/layers3d';
import { leakyRelu, softmax } from '../nn/elementwise';
import { stopGradient } from '../nn/gradients';
import { kaimingNormal, type ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { enlarge } from '../nn/resize3d';
import { tf } from '../nn/tf';
import {
  CLASS_COUNT,
  convNormUnit,
  convSpecs,
  levelChannels,
  levelDecoder,
  levelDecoderSpecs,
  presenceColumns,
  residualEncoder,
  residualEncoderSpecs,
  type Padding,
  type Unit,
  type UnitSpecs,
} from './conv-units';

/** The network's order of modalities, and their numbers in FLAIR, T1, T1ce, T2. */
export const STACKED = [
  { name: 'flair', modality: 0 },
  { name: 't1ce', modality: 2 },
  { name: 't1', modality: 1 },
  { name: 't2', modality: 3 },
] as const;

const LEVELS = 4;
/** These don't scale with the base. */
const MAP_HIDDEN = 16;
const WEIGHT_HIDDEN = 128;

/** Convolutions start Kaiming normal, their biases as PyTorch has them. */
const conv: UnitSpecs = (name, inputs, outputs, kernel) =>
  convSpecs(name, inputs, outputs, kernel, { weight: kaimingNormal });
const unitSpecs: UnitSpecs = (name, ...sizes) => conv(`${name}.conv`, ...sizes);

/** Three units of a fusion layer or an embedding: 1x1x1, 3x3x3, 1x1x1. */
function bottleSpecs(
  name: string,
  [inputs, middle, outputs]: [number, number, number],
): ParameterSpec[] {
  return [
    ...unitSpecs(`${name}.0`, inputs, middle, 1),
    ...unitSpecs(`${name}.1`, middle, middle, 3),
    ...unitSpecs(`${name}.2`, middle, outputs, 1),
  ];
}

function fusionSpecs(level: number, channels: number): ParameterSpec[] {
  const all = STACKED.length * channels;
  const rfm = `decoder_fuse.RFM${level}`;
  const generator = `decoder_fuse.prm_generator${level}`;
  const entering = level === LEVELS ? channels : 2 * channels;
  return [
    ...Array.from({ length: CLASS_COUNT }, (_, region) => {
      const layer = `${rfm}.modal_fusion.${region}.weight_layer`;
      return [
        ...conv(`${layer}.0`, all + 1, WEIGHT_HIDDEN, 1),
        ...conv(`${layer}.2`, WEIGHT_HIDDEN, STACKED.length, 1),
      ];
    }).flat(),
    ...bottleSpecs(`${rfm}.region_fusion.fusion_layer`, [all, channels, channels / 2]),
    ...bottleSpecs(`${rfm}.short_cut`, [all, channels, channels / 2]),
    ...unitSpecs(`${generator}.embedding_layer.0`, all, channels / 4, 1),
    ...unitSpecs(`${generator}.embedding_layer.1`, channels / 4, channels / 4, 3),
    ...unitSpecs(`${generator}.embedding_layer.2`, channels / 4, channels, 1),
    ...unitSpecs(`${generator}.prm_layer.0`, entering, MAP_HIDDEN, 1),
    ...conv(`${generator}.prm_layer.1`, MAP_HIDDEN, CLASS_COUNT, 1),
  ];
}

/** Every parameter; `base`, a multiple of 4, is the channels of level 1: 16 as published. */
export function rfnetSpecs(base: number): ParameterSpec[] {
  return [
    ...STACKED.flatMap(({ name }) =>
      residualEncoderSpecs(unitSpecs, `${name}_encoder`, base, LEVELS),
    ),
    ...['decoder_fuse', 'decoder_sep'].flatMap((decoder) => [
      ...levelDecoderSpecs(unitSpecs, decoder, base, LEVELS),
      ...conv(`${decoder}.seg_layer`, base, CLASS_COUNT, 1),
    ]),
    ...levelChannels(base, LEVELS).flatMap((channels, i) => fusionSpecs(i + 1, channels)),
  ];
}

/** The network's name of a modality, by its number in FLAIR, T1, T1ce, T2. */
export function nameOf(modality: number): string {
  return STACKED.find((one) => one.modality === modality)!.name;
}

export interface StackedOptions {
  /** Zeros is what the published run had; a modern PyTorch takes the code's "reflect" at its word. */
  padding: Padding;
}

/** Probabilities are [N, D, H, W, 4]. */
export interface RfnetOutputs {
  logits: tf.Tensor5D;
  probabilities: tf.Tensor5D;
  /** Of each modality on its own, in the order of `STACKED`. */
  separate: tf.Tensor5D[];
  /** The maps of levels 1 to 4, in the size of the crop. */
  maps: tf.Tensor5D[];
}

/**
 * Runs the network. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, sides multiples of 8; in training absent modalities are seen,
 *   too, by the separate decoder
 * @param mask [N, 4], in FLAIR, T1, T1ce, T2: 1 for each modality that a sample has, 0 for the others
 */
export function runRfnet(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  mask: tf.Tensor2D,
  { padding }: StackedOptions,
): RfnetOutputs {
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const encoded = volumes.map((scan, m) => encodeRfnet(parameters, m, scan, padding));
  const unit = convNormUnit(parameters, padding);
  const separate = STACKED.map(({ modality }) => separately(parameters, unit, encoded[modality]));
  return { ...fuseRfnet(parameters, encoded, mask, padding), separate };
}

/** Levels 1 to 4 of a modality's scan, [N, D, H, W, 1]. In a tidy of the caller's. */
export function encodeRfnet(
  parameters: NamedTensors,
  modality: number,
  scan: tf.Tensor5D,
  padding: Padding,
): tf.Tensor5D[] {
  const encoder = `${nameOf(modality)}_encoder`;
  return residualEncoder(convNormUnit(parameters, padding), encoder, scan, LEVELS);
}

/**
 * The fusion decoder on what `encodeRfnet` gives of FLAIR, T1, T1ce, T2. In a tidy of the caller's.
 * @param mask as in `runRfnet`
 */
export function fuseRfnet(
  parameters: NamedTensors,
  encoded: readonly (readonly tf.Tensor5D[])[],
  mask: tf.Tensor2D,
  padding: Padding,
): Omit<RfnetOutputs, 'separate'> {
  return fuse(parameters, convNormUnit(parameters, padding), maskedLevels(encoded, mask));
}

/** A modality's own probabilities, by the decoder that all share. */
function separately(
  parameters: NamedTensors,
  unit: Unit,
  maps: readonly tf.Tensor5D[],
): tf.Tensor5D {
  const d = levelDecoder(unit, 'decoder_sep', maps, 'corners');
  return softmax(convolve(parameters, 'decoder_sep.seg_layer', d));
}

/**
 * By level, the features of the modalities in the order of `STACKED`, 0 where a sample has none.
 * @param encoded of FLAIR, T1, T1ce, T2
 */
export function maskedLevels(
  encoded: readonly (readonly tf.Tensor5D[])[],
  mask: tf.Tensor2D,
): tf.Tensor5D[][] {
  const columns = presenceColumns(mask);
  return encoded[0].map((_, level) =>
    STACKED.map(({ modality }) => tf.mul(encoded[modality][level], columns[modality])),
  );
}

/** The fusion decoder on masked features of levels 1 to 4. */
function fuse(
  parameters: NamedTensors,
  unit: Unit,
  levels: readonly tf.Tensor5D[][],
): Omit<RfnetOutputs, 'separate'> {
  const name = 'decoder_fuse';
  const maps: tf.Tensor5D[] = [];
  let d: tf.Tensor5D | undefined;
  for (let level = LEVELS; level >= 1; level--) {
    const features = levels[level - 1];
    const stacked = tf.concat(features, 4) as tf.Tensor5D;
    const map = probabilityMap(parameters, unit, level, stacked, d);
    maps.unshift(enlarge(map, 2 ** (level - 1), 'corners'));
    const regions = tf.split<tf.Tensor5D>(stopGradient(map), CLASS_COUNT, 4);
    const fused = fuseRegions(parameters, unit, level, { features, stacked, regions });
    if (d) {
      d = unit(`${name}.d${level}_c2`, tf.concat([fused, d], 4) as tf.Tensor5D);
      d = unit(`${name}.d${level}_out`, d);
    } else d = fused;
    if (level > 1) d = unit(`${name}.d${level - 1}_c1`, enlarge(d, 2, 'corners'));
  }
  const logits = convolve(parameters, `${name}.seg_layer`, d!);
  return { logits, probabilities: softmax(logits), maps };
}

/** The map that cuts a level's features, of all modalities' features and of what the decoder has (not at the deepest). */
function probabilityMap(
  parameters: NamedTensors,
  unit: Unit,
  level: number,
  stacked: tf.Tensor5D,
  decoded: tf.Tensor5D | undefined,
): tf.Tensor5D {
  const generator = `decoder_fuse.prm_generator${level}`;
  const embedded = threeUnits(unit, `${generator}.embedding_layer`, stacked);
  const entering = decoded ? (tf.concat([decoded, embedded], 4) as tf.Tensor5D) : embedded;
  const hidden = unit(`${generator}.prm_layer.0`, entering);
  return softmax(convolve(parameters, `${generator}.prm_layer.1`, hidden));
}

function threeUnits(unit: Unit, name: string, x: tf.Tensor5D): tf.Tensor5D {
  return [0, 1, 2].reduce((y, i) => unit(`${name}.${i}`, y), x);
}

/** Fuses the modalities in each region with weights of its own, and beside that all of them everywhere. */
function fuseRegions(
  parameters: NamedTensors,
  unit: Unit,
  level: number,
  of: { features: readonly tf.Tensor5D[]; stacked: tf.Tensor5D; regions: readonly tf.Tensor5D[] },
): tf.Tensor5D {
  const name = `decoder_fuse.RFM${level}`;
  const parts = of.regions.map((region, r) => {
    const layer = `${name}.modal_fusion.${r}.weight_layer`;
    const share = tf.add(tf.mean(region, [1, 2, 3], true), 1e-7);
    const means = tf.div(tf.mean(tf.mul(of.stacked, region), [1, 2, 3], true), share);
    const hidden = convolve(parameters, `${layer}.0`, tf.concat([means, share], 4) as tf.Tensor5D);
    const weights = tf.sigmoid(convolve(parameters, `${layer}.2`, leakyRelu(hidden, 0.2)));
    const each = tf.split<tf.Tensor5D>(weights, STACKED.length, 4);
    return tf.mul(tf.addN(of.features.map((feature, k) => tf.mul(feature, each[k]))), region);
  });
  const inRegions = threeUnits(
    unit,
    `${name}.region_fusion.fusion_layer`,
    tf.concat(parts, 4) as tf.Tensor5D,
  );
  return tf.concat(
    [inRegions, threeUnits(unit, `${name}.short_cut`, of.stacked)],
    4,
  ) as tf.Tensor5D;
}
