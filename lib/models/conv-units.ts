/**
 * What the U-nets of several methods have in common: convolution units, an encoder of residual levels, and a decoder on
 * its levels.
 */
import { convolve, type Conv3dOptions } from '../nn/layers3d';
import { normalise } from '../nn/normalise';
import { kernelShape, layerSpecs, type ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { enlarge, type Interpolation } from '../nn/resize3d';
import { tf } from '../nn/tf';

/** Background, and labels 1, 2, 4. */
export const CLASS_COUNT = 4;

/** A convolution with what a method puts around it, run on x by the name of its parameters. */
export type Unit = (name: string, x: tf.Tensor5D, options?: UnitOptions) => tf.Tensor5D;

export interface UnitOptions {
  stride?: 1 | 2;
  /** x is a scan: no gradient is computed for it. */
  inputIsData?: boolean;
}

/** Parameters of a unit. */
export type UnitSpecs = (
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
) => ParameterSpec[];

export type Padding = NonNullable<Conv3dOptions['padding']>;

const stepOf = (stride: 1 | 2 = 1): [number, number, number] => [stride, stride, stride];

/** Instance norm without scale and shift, epsilon 1e-5, and leaky ReLU. */
const plainNorm = (x: tf.Tensor5D, slope: number): tf.Tensor5D =>
  normalise(x, { epsilon: 1e-5, bySample: true, slope });

/** Convolution with bias, plain instance norm, leaky ReLU 0.2. */
export function convNormUnit(parameters: NamedTensors, padding: Padding): Unit {
  return (name, x, { stride, inputIsData } = {}) =>
    tf.tidy(() => {
      const options = { stride: stepOf(stride), padding, inputIsData };
      return plainNorm(convolve(parameters, `${name}.conv`, x, options), 0.2);
    });
}

/** Plain instance norm, leaky ReLU 0.2, convolution with bias. */
export function normConvUnit(parameters: NamedTensors, padding: Padding): Unit {
  return (name, x, { stride } = {}) =>
    tf.tidy(() => {
      const options = { stride: stepOf(stride), padding };
      return convolve(parameters, `${name}.conv`, plainNorm(x, 0.2), options);
    });
}

/**
 * Levels of an encoder, the finest first: x_l = h + c3(c2(h)) with h = c1(x_(l-1)), which halves from level 2 on.
 * @param x a scan
 * @param first of level 1, where it is another layer than the unit
 */
export function residualEncoder(
  unit: Unit,
  name: string,
  x: tf.Tensor5D,
  levels: number,
  first: Unit = unit,
): tf.Tensor5D[] {
  const maps: tf.Tensor5D[] = [];
  let below = x;
  for (let level = 1; level <= levels; level++) {
    const block = `${name}.e${level}_c`;
    const h =
      level === 1
        ? first(`${block}1`, below, { inputIsData: true })
        : unit(`${block}1`, below, { stride: 2 });
    below = tf.add(h, unit(`${block}3`, unit(`${block}2`, h)));
    maps.push(below);
  }
  return maps;
}

/** Channels of the levels 1, 2, ... : base, 2 base, 4 base, ... */
export const levelChannels = (base: number, levels: number): number[] =>
  Array.from({ length: levels }, (_, i) => base * 2 ** i);

export function residualEncoderSpecs(
  unit: UnitSpecs,
  name: string,
  base: number,
  levels: number,
  first: UnitSpecs = unit,
): ParameterSpec[] {
  return levelChannels(base, levels).flatMap((channels, i) => {
    const block = `${name}.e${i + 1}_c`;
    return [
      ...(i === 0
        ? first(`${block}1`, 1, channels, 3)
        : unit(`${block}1`, channels / 2, channels, 3)),
      ...unit(`${block}2`, channels, channels, 3),
      ...unit(`${block}3`, channels, channels, 3),
    ];
  });
}

/**
 * Decodes an encoder's levels: from the deepest on, enlarge, c1, put the level beside it, c2, out.
 * @param maps of levels 1, 2, ...
 */
export function levelDecoder(
  unit: Unit,
  name: string,
  maps: readonly tf.Tensor5D[],
  how: Interpolation,
): tf.Tensor5D {
  let d = maps[maps.length - 1];
  for (let level = maps.length - 1; level >= 1; level--) {
    const block = `${name}.d${level}`;
    d = unit(`${block}_c1`, enlarge(d, 2, how));
    d = unit(`${block}_c2`, tf.concat([d, maps[level - 1]], 4) as tf.Tensor5D);
    d = unit(`${block}_out`, d);
  }
  return d;
}

export function levelDecoderSpecs(
  unit: UnitSpecs,
  name: string,
  base: number,
  levels: number,
): ParameterSpec[] {
  return levelChannels(base, levels - 1).flatMap((channels, i) => {
    const block = `${name}.d${i + 1}`;
    return [
      ...unit(`${block}_c1`, 2 * channels, channels, 3),
      ...unit(`${block}_c2`, 2 * channels, channels, 3),
      ...unit(`${block}_out`, channels, channels, 1),
    ];
  });
}

/** A bare convolution with bias. */
export const convSpecs = (
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
  start: Parameters<typeof layerSpecs>[2],
): ParameterSpec[] => layerSpecs(name, kernelShape(outputs, inputs, kernel), start);

/** Of a mask [N, M], 1 where a sample has a modality and 0 elsewhere: what its features are multiplied by, M times [N, 1, 1, 1, 1]. */
export function presenceColumns(mask: tf.Tensor2D): tf.Tensor5D[] {
  const [samples, modalities] = mask.shape;
  const columns = tf.split(mask, modalities, 1);
  return columns.map((column) => tf.reshape(column, [samples, 1, 1, 1, 1]));
}
