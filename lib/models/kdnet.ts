/**
 * KD-Net (Hu, Maillard et al., MICCAI 2020, arXiv 2106.09564), our reading: there is no public code, so this is a
 * re-implementation from the description. A teacher sees all scans and a student one; else they are the same U-net, here
 * of residual levels with strided convolutions, instance norm and leaky ReLU.
 */
import { untaped } from '../nn/backward';
import { sumInTurn } from '../nn/class-losses';
import { convolve } from '../nn/layers3d';
import { kaimingNormal, type ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';
import {
  convNormUnit,
  convSpecs,
  levelDecoder,
  levelDecoderSpecs,
  residualEncoder,
  residualEncoderSpecs,
  type UnitSpecs,
} from './conv-units';

const LEVELS = 4;
const REGION_COUNT = 3;

/** The two networks, by what their parameters' names begin with, and how many scans each sees. */
const NETWORKS = { teacher: 4, student: 1 } as const;
export type KdnetNetwork = keyof typeof NETWORKS;

const conv: UnitSpecs = (name, inputs, outputs, kernel) =>
  convSpecs(name, inputs, outputs, kernel, { weight: kaimingNormal });
const unit: UnitSpecs = (name, ...sizes) => conv(`${name}.conv`, ...sizes);

function networkSpecs(name: KdnetNetwork, base: number): ParameterSpec[] {
  const first: UnitSpecs = (layer, _, outputs, kernel) =>
    unit(layer, NETWORKS[name], outputs, kernel);
  return [
    ...residualEncoderSpecs(unit, `${name}.encoder`, base, LEVELS, first),
    ...levelDecoderSpecs(unit, `${name}.decoder`, base, LEVELS),
    ...conv(`${name}.seg_layer`, base, REGION_COUNT, 1),
  ];
}

/** Every parameter of teacher and student. @param base channels of the first level */
export function kdnetSpecs(base: number): ParameterSpec[] {
  return [...networkSpecs('teacher', base), ...networkSpecs('student', base)];
}

export interface KdnetOutputs {
  /** Of ET, WT, TC, [N, D, H, W, 3]. */
  logits: tf.Tensor5D;
  /** The deepest level's map. */
  bottleneck: tf.Tensor5D;
}

/**
 * Runs one of the two networks. In a tidy of the caller's.
 * @param images [N, D, H, W, 4] in FLAIR, T1, T1ce, T2, or the student's [N, D, H, W, 1]; sides multiples of 8
 */
export function runKdnet(
  parameters: NamedTensors,
  name: KdnetNetwork,
  images: tf.Tensor5D,
): KdnetOutputs {
  const layer = convNormUnit(parameters, 'zeros');
  const maps = residualEncoder(layer, `${name}.encoder`, images, LEVELS);
  const decoded = levelDecoder(layer, `${name}.decoder`, maps, 'corners');
  return {
    logits: convolve(parameters, `${name}.seg_layer`, decoded),
    bottleneck: maps[LEVELS - 1],
  };
}

/**
 * Kullback-Leibler divergence of two maps, each sample's made to sum to 1 by a softmax over all its values:
 * mean over samples of sum p (log p - log q).
 * @param p of the teacher, [N, D, H, W, C]
 * @param q of the student
 */
export function mapDivergence(p: tf.Tensor5D, q: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => {
    const axes = [1, 2, 3, 4];
    const logarithms = (x: tf.Tensor5D): tf.Tensor => {
      // Any constant gives the same; this one keeps exp(x) finite.
      const largest = untaped(() =>
        axes.reduceRight<tf.Tensor>((y, axis) => tf.max(y, axis, true), x),
      );
      const shifted = tf.sub(x, largest);
      return tf.sub(shifted, tf.log(sumInTurn(tf.exp(shifted), axes)));
    };
    const logP = logarithms(p);
    const terms = tf.mul(tf.exp(logP), tf.sub(logP, logarithms(q)));
    return tf.div(tf.sum(sumInTurn(terms, axes)), p.shape[0]) as tf.Scalar;
  });
}
