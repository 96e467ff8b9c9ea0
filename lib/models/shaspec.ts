/**
 * ShaSpec (Wang et al., CVPR 2023, arXiv 2307.14126; github billhhh/ShaSpec at 081fe7a): the network of
 * `segmentation.ts` with an encoder for each modality beside the shared one. A present modality's feature is the shared
 * one plus what a convolution makes of both; an absent one borrows the shared feature of the first that is present.
 * 187,708,132 parameters at width 1.
 */
import { crossEntropy } from '../nn/losses';
import { linear } from '../nn/dense';
import { absolute } from '../nn/elementwise';
import { stopGradient } from '../nn/gradients';
import { conv3d } from '../nn/layers3d';
import { kernelShape, layerSpecs, type ParameterSpec } from '../nn/parameter-specs';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';
import {
  decodeRegions,
  encodeModalities,
  encodeVolumes,
  kernelOf,
  MODALITY_COUNT,
  segmentationSpecs,
  type EncodeOptions,
} from './segmentation';

/** Of FLAIR, T1, T1ce, T2, as their parameters' names begin. */
const SPECIFIC_ENCODERS = ['flair_enc', 't1_enc', 't1ce_enc', 't2_enc'];

/** Every parameter at a width. */
export function shaspecSpecs(width: number): ParameterSpec[] {
  const kit = segmentationSpecs(width);
  const encoder = kit.filter(({ name }) => name.startsWith('shared_enc.'));
  const [feature] = encoder.find(({ name }) => name === 'shared_enc.asppreduce.0.weight')!.shape;
  return [
    ...kit,
    ...layerSpecs('compos_layer.conv', kernelShape(feature, 2 * feature, 3), { bias: null }),
    ...layerSpecs('dom_classifier', [MODALITY_COUNT, feature]),
    ...SPECIFIC_ENCODERS.flatMap((name) =>
      encoder.map((spec) => ({ ...spec, name: spec.name.replace('shared_enc', name) })),
    ),
  ];
}

export interface ShaspecOutputs {
  /** [N, D, H, W, 3]: ET, WT, TC. */
  logits: tf.Tensor5D;
  /** Which modality is it? [4 N, 4]: of a sample FLAIR, T1, T1ce, T2, then of the next. */
  domainLogits: tf.Tensor2D;
  /** The shared feature of each modality, absent ones included. */
  shared: tf.Tensor5D[];
}

/**
 * Runs the network. In a tidy of the caller's.
 * @param images [N, D, H, W, 4]; what they hold of absent modalities is not looked at
 * @param available numbers of the modalities that are present, in the order in which they were drawn: the first lends
 *   its shared feature to those that are absent
 */
export function runShaspec(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  available: readonly number[],
  { missingLearns = true, ...options }: Omit<EncodeOptions, 'present'> = {},
): ShaspecOutputs {
  const [samples, d, h, w] = images.shape;
  const present = SPECIFIC_ENCODERS.map((_, m) => available.includes(m));
  const { features: shared, skips } = encodeModalities(parameters, images, {
    ...options,
    present,
    missingLearns,
  });
  const volumes = tf.split<tf.Tensor5D>(images, MODALITY_COUNT, 4);
  const specific = SPECIFIC_ENCODERS.map((encoder, m) =>
    encodeVolumes(
      parameters,
      encoder,
      present[m] ? volumes[m] : tf.zeros<tf.Rank.R5>([1, d, h, w, 1]),
      options,
    ),
  );
  const fused = shared.map((own, m) =>
    present[m] ? compose(parameters, own, specific[m].feature) : shared[available[0]],
  );
  const means = specific.map(({ entering }, m) => {
    const seen = present[m] || missingLearns ? entering : stopGradient(entering);
    const mean = tf.mean(seen, [1, 2, 3]);
    return mean.shape[0] === samples ? mean : tf.tile(mean, [samples, 1]);
  });
  const entering = tf.reshape(tf.stack(means, 1), [samples * MODALITY_COUNT, -1]);
  return {
    logits: decodeRegions(parameters, fused, skips, options),
    domainLogits: linear(parameters, 'dom_classifier', entering) as tf.Tensor2D,
    shared,
  };
}

/** The shared feature plus a convolution of both. */
function compose(
  parameters: NamedTensors,
  shared: tf.Tensor5D,
  specific: tf.Tensor5D,
): tf.Tensor5D {
  const both = tf.concat([shared, specific], 4) as tf.Tensor5D;
  return tf.add(shared, conv3d(both, kernelOf(parameters, 'compos_layer.conv')));
}

/** Mean |f_i - f_j| of the four pairs of neighbours on a ring, absent modalities included; summed. */
export function sharedDistance(shared: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => {
    const pairs = shared.map((one, i) => tf.sub(one, shared[(i + 1) % shared.length]));
    return tf.addN(pairs.map((difference) => tf.mean(absolute(difference)))) as tf.Scalar;
  });
}

/** Cross-entropy of `domainLogits`: each specific encoder's feature is to tell its modality. */
export function domainCrossEntropy(domainLogits: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const rows = domainLogits.shape[0];
    const labels = Array.from({ length: rows }, (_, row) => row % MODALITY_COUNT);
    return crossEntropy(domainLogits, tf.tensor1d(labels, 'int32'));
  });
}
