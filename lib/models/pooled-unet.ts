/**
 * Encoders and decoder of U-HVED and U-HeMIS: units of instance norm, leaky ReLU and convolution without bias, max
 * pooling between the levels.
 */
import { leakyRelu } from '../nn/elementwise';
import { conv3d, convolve } from '../nn/layers3d';
import { halveByMaximum } from '../nn/max-pool3d';
import { normalise } from '../nn/normalise';
import {
  kernelShape,
  layerSpecs,
  normSpecs,
  truncatedHe,
  type ParameterSpec,
} from '../nn/parameter-specs';
import { sumOfSquares, type NamedTensors } from '../nn/parameters';
import { enlarge, type Interpolation } from '../nn/resize3d';
import { tf } from '../nn/tf';
import type { Unit } from './conv-units';

export const POOLED_LEVELS = 4;

export interface PooledOptions {
  /** Of the leaky ReLU: 0.02 in the authors' code, whose layer is 0.51 x + 0.49 |x|. */
  slope: number;
  upsampling: Interpolation;
}

/** Instance norm with scale and shift, epsilon 1e-6, leaky ReLU, convolution without bias. */
function pooledUnit(parameters: NamedTensors, slope: number): Unit {
  return (name, x) =>
    tf.tidy(() => {
      const y = normalise(x, {
        epsilon: 1e-6,
        bySample: true,
        scaleAndShift: [parameters[`${name}.norm.weight`], parameters[`${name}.norm.bias`]],
        slope,
      });
      return conv3d(y, parameters[`${name}.conv.weight`] as tf.Tensor5D);
    });
}

const conv = (name: string, inputs: number, outputs: number, kernel: number): ParameterSpec[] =>
  layerSpecs(name, kernelShape(outputs, inputs, kernel), { weight: truncatedHe, bias: null });

function unitSpecs(name: string, inputs: number, outputs: number): ParameterSpec[] {
  return [...normSpecs(`${name}.norm`, inputs), ...conv(`${name}.conv`, inputs, outputs, 3)];
}

/** @param outputs of each level's second convolution, as a part of the first's */
export function pooledEncoderSpecs(name: string, base: number, outputs: number): ParameterSpec[] {
  const specs = conv(`${name}.conv1`, 1, base, 1);
  let inputs = base;
  for (let level = 1; level <= POOLED_LEVELS; level++) {
    const channels = base * 2 ** (level - 1);
    specs.push(...unitSpecs(`${name}.e${level}_c1`, inputs, channels));
    inputs = channels * outputs;
    specs.push(...unitSpecs(`${name}.e${level}_c2`, channels, inputs));
  }
  return specs;
}

/** Levels of an encoder, the finest first, as they are before pooling. x [N, D, H, W, 1], sides multiples of 8. */
export function pooledEncoder(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  slope: number,
): tf.Tensor5D[] {
  const unit = pooledUnit(parameters, slope);
  const maps: tf.Tensor5D[] = [];
  let y = leakyRelu(convolve(parameters, `${name}.conv1`, x, { inputIsData: true }), slope);
  for (let level = 1; level <= POOLED_LEVELS; level++) {
    y = unit(`${name}.e${level}_c2`, unit(`${name}.e${level}_c1`, y));
    maps.push(y);
    if (level < POOLED_LEVELS) y = halveByMaximum(y);
  }
  return maps;
}

/** @param entering channels that levels 1, 2, 3, 4 bring in */
export function pooledDecoderSpecs(
  name: string,
  base: number,
  entering: readonly number[],
  outputs: number,
): ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  let inputs = entering[POOLED_LEVELS - 1];
  for (let level = POOLED_LEVELS - 1; level >= 1; level--) {
    const block = `${name}.d${POOLED_LEVELS - level}`;
    const channels = base * 2 ** (level - 1);
    specs.push(...unitSpecs(`${block}_c1`, inputs + entering[level - 1], channels));
    specs.push(...unitSpecs(`${block}_c2`, channels, channels / 2));
    inputs = channels / 2;
  }
  return [...specs, ...conv(`${name}.conv_out`, inputs, outputs, 1)];
}

/** Decodes levels 1, 2, 3, 4. */
export function pooledDecoder(
  parameters: NamedTensors,
  name: string,
  levels: readonly tf.Tensor5D[],
  { slope, upsampling }: PooledOptions,
): tf.Tensor5D {
  const unit = pooledUnit(parameters, slope);
  let h = levels[POOLED_LEVELS - 1];
  for (let level = POOLED_LEVELS - 1; level >= 1; level--) {
    const block = `${name}.d${POOLED_LEVELS - level}`;
    const joined = tf.concat([enlarge(h, 2, upsampling), levels[level - 1]], 4) as tf.Tensor5D;
    h = unit(`${block}_c2`, unit(`${block}_c1`, joined));
  }
  return convolve(parameters, `${name}.conv_out`, h);
}

/** Mean over the convolutions of 5e-6 |w|^2, as NiftyNet regularises. */
export function meanKernelDecay(parameters: NamedTensors): tf.Scalar {
  return tf.tidy(() => {
    const kernels = Object.keys(parameters).filter((name) => parameters[name].rank === 5);
    return tf.mul(sumOfSquares(parameters, kernels), 5e-6 / kernels.length) as tf.Scalar;
  });
}

/** Encoders of FLAIR, T1, T1ce, T2, as their parameters' names begin. */
export const POOLED_ENCODERS = ['flair_encoder', 't1_encoder', 't1ce_encoder', 't2_encoder'];
