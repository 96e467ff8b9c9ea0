/**
 * LCKD (Wang et al., MICCAI 2023, arXiv 2310.01035; github billhhh/LCKD at 5ba51b5): the network of `segmentation.ts`,
 * with the features of the available modalities drawn to those of elected teachers.
 */
import { pairwiseDistillation, type Availability } from '../mckd';
import { tf } from '../nn/tf';

/**
 * L_KD = sum over teachers i and modalities j, both available, of mean |stop(f_i) - f_j|: a sum, divided by nothing, and
 * 0 if no teacher is available. Teachers learn from each other.
 *
 * @param features f_m of each modality, before missing ones are filled
 * @param teachers [M], 1 for a teacher, 0 for the others
 * @returns mean over samples; the caller disposes of it
 */
export function electedDistillation(
  features: readonly tf.Tensor[],
  available: Availability,
  teachers: tf.Tensor1D,
): tf.Scalar {
  return tf.tidy(() => {
    const everyStudent = tf.ones([1, features.length]);
    const ratios = tf.mul(tf.expandDims(teachers, 1), everyStudent) as tf.Tensor2D;
    return pairwiseDistillation(features, available, ratios);
  });
}

/**
 * The teachers by vote: for each region the modality with the best score, the first of equals.
 * @param scores [modality][region], larger is better
 * @returns for each modality, whether it is one
 */
export function electTeachers(scores: readonly (readonly number[])[]): boolean[] {
  const best = scores[0].map((_, region) =>
    scores.reduce((leader, of, m) => (of[region] > scores[leader][region] ? m : leader), 0),
  );
  return scores.map((_, m) => best.includes(m));
}
