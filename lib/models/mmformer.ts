/**
 * mmFormer (Zhang et al., MICCAI 2022, arXiv 2206.02425; github YaoZhang93/mmFormer at b18663a): the encoders and decoders
 * of RFNet with one level more; the deepest feature's voxels are tokens of a transformer for each modality, and of one
 * over all. 36,654,416 parameters as published, 262,656 of which are never used.
 */
import { linear } from '../nn/dense';
import { gelu, softmax } from '../nn/elementwise';
import { convolve } from '../nn/layers3d';
import { layerNorm } from '../nn/normalise-over';
import { kaimingNormal, layerSpecs, normSpecs, type ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { enlarge } from '../nn/resize3d';
import { tf } from '../nn/tf';
import { attention, DROP_NOTHING, type AttentionOptions } from './attention';
import {
  CLASS_COUNT,
  convSpecs,
  levelChannels,
  levelDecoder,
  levelDecoderSpecs,
  normConvUnit,
  residualEncoder,
  residualEncoderSpecs,
  type Unit,
  type UnitSpecs,
} from './conv-units';
import { maskedLevels, nameOf, STACKED, type StackedOptions } from './rfnet';

const LEVELS = 5;

export interface MmformerSizes {
  /** Channels of level 1: 8 as published. */
  base: number;
  /** Width of a token, and of the hidden layer behind the attention: 512 and 4096. */
  tokenWidth: number;
  hidden: number;
  /** A sixteenth of the crop's sides. */
  grid: readonly [number, number, number];
}

const conv: UnitSpecs = (name, inputs, outputs, kernel) =>
  convSpecs(name, inputs, outputs, kernel, { weight: kaimingNormal });
const unitSpecs: UnitSpecs = (name, ...sizes) => conv(`${name}.conv`, ...sizes);

function transformerSpecs(name: string, { tokenWidth, hidden }: MmformerSizes): ParameterSpec[] {
  const { attend, feed } = blocksOf(name);
  return [
    ...normSpecs(`${attend}.norm`, tokenWidth),
    ...layerSpecs(`${attend}.fn.qkv`, [3 * tokenWidth, tokenWidth], { bias: null }),
    ...layerSpecs(`${attend}.fn.proj`, [tokenWidth, tokenWidth]),
    ...normSpecs(`${feed}.norm`, tokenWidth),
    ...layerSpecs(`${feed}.fn.net.0`, [hidden, tokenWidth]),
    ...layerSpecs(`${feed}.fn.net.3`, [tokenWidth, hidden]),
  ];
}

const blocksOf = (name: string): { attend: string; feed: string } => ({
  attend: `${name}.cross_attention_list.0.fn`,
  feed: `${name}.cross_ffn_list.0.fn`,
});

/** Every parameter. */
export function mmformerSpecs(sizes: MmformerSizes): ParameterSpec[] {
  const { base, tokenWidth, grid } = sizes;
  const deepest = 16 * base;
  const modalities = STACKED.length;
  const tokens = grid.reduce((a, b) => a * b, 1);
  return [
    ...STACKED.flatMap(({ name }): ParameterSpec[] => [
      { name: `${name}_pos`, shape: [1, tokens, tokenWidth], initial: { constant: 0 } },
      ...residualEncoderSpecs(unitSpecs, `${name}_encoder`, base, LEVELS, conv),
      ...conv(`${name}_encode_conv`, deepest, tokenWidth, 1),
      ...conv(`${name}_decode_conv`, tokenWidth, deepest, 1),
      ...transformerSpecs(`${name}_transformer`, sizes),
    ]),
    ...transformerSpecs('multimodal_transformer', sizes),
    ...conv('multimodal_decode_conv', modalities * tokenWidth, modalities * deepest, 1),
    ...['decoder_fuse', 'decoder_sep'].flatMap((decoder) => [
      ...levelDecoderSpecs(unitSpecs, decoder, base, LEVELS),
      ...conv(`${decoder}.seg_layer`, base, CLASS_COUNT, 1),
    ]),
    ...levelChannels(base, LEVELS).flatMap((channels, i) => {
      const fusion = `decoder_fuse.RFM${i + 1}.fusion_layer`;
      return [
        ...unitSpecs(`${fusion}.0`, modalities * channels, channels, 1),
        ...unitSpecs(`${fusion}.1`, channels, channels, 3),
        ...unitSpecs(`${fusion}.2`, channels, channels, 1),
        ...(i > 0 ? conv(`decoder_fuse.seg_d${i}`, channels, CLASS_COUNT, 1) : []),
      ];
    }),
  ];
}

/**
 * 8 heads as published. `drop` is applied in each transformer to the softmax, behind the attention twice, behind the
 * GELU and behind the last linear layer; default: nothing.
 */
export interface MmformerOptions extends StackedOptions, AttentionOptions {}

/** Probabilities are [N, D, H, W, 4]. */
export interface MmformerOutputs {
  logits: tf.Tensor5D;
  probabilities: tf.Tensor5D;
  /** Of each modality on its own, in the order of `STACKED`. */
  separate: tf.Tensor5D[];
  /** Of the decoder's levels 2 to 5, in the size of the crop. */
  auxiliary: tf.Tensor5D[];
}

/**
 * Runs the network. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, of the crop that the position embeddings are for; in training
 *   absent modalities are seen, too, by the separate decoder
 * @param mask [N, 4], in FLAIR, T1, T1ce, T2: 1 for each modality that a sample has, 0 for the others
 */
export function runMmformer(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  mask: tf.Tensor2D,
  options: MmformerOptions,
): MmformerOutputs {
  const unit = normConvUnit(parameters, options.padding);
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const encoded = volumes.map((scan, m) => encodeMmformer(parameters, m, scan, options));
  const separate = STACKED.map(({ modality }) => {
    const d = levelDecoder(unit, 'decoder_sep', encoded[modality].levels, 'corners');
    return softmax(convolve(parameters, 'decoder_sep.seg_layer', d));
  });
  return { ...fuseMmformer(parameters, encoded, mask, options), separate };
}

/** Of one scan. */
export interface MmformerScan {
  /** Levels 1 to 5 of its encoder. */
  levels: tf.Tensor5D[];
  /** Voxels of level 5 behind the modality's own transformer, [N, d, h, w, E]. */
  tokens: tf.Tensor5D;
}

/** Encoder and transformer of a modality on its scan, [N, D, H, W, 1]. In a tidy of the caller's. */
export function encodeMmformer(
  parameters: NamedTensors,
  modality: number,
  scan: tf.Tensor5D,
  { padding, ...options }: MmformerOptions,
): MmformerScan {
  const name = nameOf(modality);
  const unit = normConvUnit(parameters, padding);
  const first: Unit = (layer, x, { inputIsData } = {}) =>
    convolve(parameters, layer, x, { padding, inputIsData });
  const levels = residualEncoder(unit, `${name}_encoder`, scan, LEVELS, first);
  const embedded = convolve(parameters, `${name}_encode_conv`, levels[LEVELS - 1]);
  const position = parameters[`${name}_pos`];
  const own = `${name}_transformer`;
  const tokens = transformer(parameters, own, sequence(embedded), position, options);
  return { levels, tokens: tf.reshape(tokens, embedded.shape) };
}

/**
 * The transformer over all modalities and the fusion decoder on what `encodeMmformer` gives of FLAIR, T1, T1ce, T2; level
 * 5 is not read. In a tidy of the caller's.
 * @param mask as in `runMmformer`
 */
export function fuseMmformer(
  parameters: NamedTensors,
  encoded: readonly MmformerScan[],
  mask: tf.Tensor2D,
  { padding, ...options }: MmformerOptions,
): Omit<MmformerOutputs, 'separate'> {
  const maps = encoded.map(({ levels, tokens }) => [...levels.slice(0, LEVELS - 1), tokens]);
  const masked = maskedLevels(maps, mask);
  const tokens = masked.pop()!;
  const mixed = betweenModalities(parameters, tokens, options);
  return fuse(parameters, normConvUnit(parameters, padding), [...masked, [mixed]]);
}

/**
 * Masked tokens through the transformer over all modalities, to features of level 5.
 * @param tokens in the order of `STACKED`
 */
function betweenModalities(
  parameters: NamedTensors,
  tokens: readonly tf.Tensor5D[],
  options: AttentionOptions,
): tf.Tensor5D {
  const [samples, d, h, w] = tokens[0].shape;
  const positions = STACKED.map(({ name }) => parameters[`${name}_pos`]);
  const mixed = transformer(
    parameters,
    'multimodal_transformer',
    tf.concat(tokens.map(sequence), 1) as tf.Tensor3D,
    tf.concat(positions, 1),
    options,
  );
  // Not transposed in the authors' code: a voxel gets four neighbours of the sequence, whose first quarter is FLAIR's.
  const viewed = tf.reshape(mixed, [samples, d, h, w, -1]) as tf.Tensor5D;
  return convolve(parameters, 'multimodal_decode_conv', viewed);
}

/** [N, d, h, w, E] -> [N, d h w, E] */
const sequence = (tokens: tf.Tensor5D): tf.Tensor3D => {
  const [samples, d, h, w, width] = tokens.shape;
  return tf.reshape(tokens, [samples, d * h * w, width]);
};

/** t + position, plus attention, plus two linear layers, each behind a layer norm. tokens [N, T, E]. */
function transformer(
  parameters: NamedTensors,
  name: string,
  tokens: tf.Tensor3D,
  position: tf.Tensor,
  { heads, drop = DROP_NOTHING }: AttentionOptions,
): tf.Tensor3D {
  const { attend, feed } = blocksOf(name);
  const norm = (layer: string, t: tf.Tensor3D): tf.Tensor3D =>
    layerNorm(parameters, `${layer}.norm`, t, { epsilon: 1e-5 });
  let t: tf.Tensor3D = tf.add(tokens, position);
  const attended = attention(parameters, `${attend}.fn`, norm(attend, t), { heads, drop });
  // Behind the attention's own dropout the block has one more.
  t = tf.add(t, drop(attended));
  const hidden = drop(gelu(linear(parameters, `${feed}.fn.net.0`, norm(feed, t))));
  return tf.add(t, drop(linear(parameters, `${feed}.fn.net.3`, hidden)));
}

/** The fusion decoder on the modalities' features of levels 1 to 5. */
function fuse(
  parameters: NamedTensors,
  unit: Unit,
  levels: readonly (readonly tf.Tensor5D[])[],
): Omit<MmformerOutputs, 'separate'> {
  const name = 'decoder_fuse';
  // Built with zero padding whatever the rest has.
  const fusing = normConvUnit(parameters, 'zeros');
  const auxiliary: tf.Tensor5D[] = [];
  let d: tf.Tensor5D | undefined;
  for (let level = LEVELS; level >= 1; level--) {
    const layer = `${name}.RFM${level}.fusion_layer`;
    const stacked = tf.concat([...levels[level - 1]], 4) as tf.Tensor5D;
    const fused = [0, 1, 2].reduce((x, i) => fusing(`${layer}.${i}`, x), stacked);
    if (d) {
      d = unit(`${name}.d${level}_c2`, tf.concat([fused, d], 4) as tf.Tensor5D);
      d = unit(`${name}.d${level}_out`, d);
    } else d = fused;
    if (level === 1) break;
    const p = softmax(convolve(parameters, `${name}.seg_d${level - 1}`, d));
    auxiliary.unshift(enlarge(p, 2 ** (level - 1), 'corners'));
    d = unit(`${name}.d${level - 1}_c1`, enlarge(d, 2, 'corners'));
  }
  const logits = convolve(parameters, `${name}.seg_layer`, d!);
  return { logits, probabilities: softmax(logits), auxiliary };
}
