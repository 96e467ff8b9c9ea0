/**
 * U-HeMIS: HeMIS (Havaei et al., MICCAI 2016, arXiv 1607.05194) in the form of a U-net (Dorent et al., MICCAI 2019;
 * github ReubenDo/U-HVED at 1d293a8, extensions/u_hemis): at each level mean and variance of the present modalities'
 * features. 565,888 parameters at base 8.
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

const OPTIONS: PooledOptions = { slope: 0.02, upsampling: 'legacy' };

/** Every parameter; `base`, even, is the channels of level 1: 8 as published. */
export function uhemisSpecs(base: number): ParameterSpec[] {
  return [
    ...POOLED_ENCODERS.flatMap((name) => pooledEncoderSpecs(name, base, 1 / 2)),
    // Mean and variance of half the channels.
    ...pooledDecoderSpecs('seg_decoder', base, levelChannels(base, POOLED_LEVELS), CLASS_COUNT),
  ];
}

/**
 * Logits [N, D, H, W, 4]. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, sides multiples of 8; what they hold of a modality that a
 *   sample lacks has no part in it
 * @param mask [N, 4], in FLAIR, T1, T1ce, T2: 1 for each modality that a sample has, 0 for the others
 */
export function runUhemis(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  mask: tf.Tensor2D,
): tf.Tensor5D {
  const volumes = tf.split<tf.Tensor5D>(images, images.shape[4], 4);
  const encoded = volumes.map((scan, m) => encodeUhemis(parameters, m, scan));
  return fuseUhemis(parameters, encoded, mask);
}

/** Levels 1 to 4 of a modality's scan, [N, D, H, W, 1]. In a tidy of the caller's. */
export const encodeUhemis = (
  parameters: NamedTensors,
  modality: number,
  scan: tf.Tensor5D,
): tf.Tensor5D[] => pooledEncoder(parameters, POOLED_ENCODERS[modality], scan, OPTIONS.slope);

/**
 * Logits of what `encodeUhemis` gives of FLAIR, T1, T1ce, T2. In a tidy of the caller's.
 * @param mask as in `runUhemis`
 */
export function fuseUhemis(
  parameters: NamedTensors,
  encoded: readonly (readonly tf.Tensor5D[])[],
  mask: tf.Tensor2D,
): tf.Tensor5D {
  const levels = encoded[0].map((_, level) => {
    const { mean, variance } = uhemisMoments(
      encoded.map((maps) => maps[level]),
      mask,
    );
    return tf.concat([mean, variance], 4) as tf.Tensor5D;
  });
  return pooledDecoder(parameters, 'seg_decoder', levels, OPTIONS);
}

/**
 * Mean and variance over the available modalities. In a tidy of the caller's.
 * @param maps of FLAIR, T1, T1ce, T2, [N, d, h, w, C] each
 * @param mask as in `runUhemis`
 */
export function uhemisMoments(
  maps: readonly tf.Tensor5D[],
  mask: tf.Tensor2D,
): Record<'mean' | 'variance', tf.Tensor> {
  const columns = presenceColumns(mask);
  const count = tf.addN(columns);
  const meanOf = (values: (map: tf.Tensor5D) => tf.Tensor): tf.Tensor =>
    tf.div(tf.addN(maps.map((map, m) => tf.mul(values(map), columns[m]))), count);
  const mean = meanOf((map) => map);
  return { mean, variance: meanOf((map) => tf.square(tf.sub(map, mean))) };
}
