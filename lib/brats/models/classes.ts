/** What methods have in common that segment classes: background and labels 1, 2, 4, which exclude each other. */
import { clampedCrossEntropy, classDice, type OverlapOptions } from '../../nn/class-losses';
import { crossEntropy } from '../../nn/losses';
import { tf } from '../../nn/tf';

/** Regions ET, WT, TC, each inside the next larger one -> classes, one-hot: [N, D, H, W, 3] -> [N, D, H, W, 4]. */
export function classesOfRegions(regions: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const [enhancing, whole, core] = tf.split(regions, 3, 4);
    const classes = [tf.sub(1, whole), tf.sub(core, enhancing), tf.sub(whole, core), enhancing];
    return tf.concat(classes, 4) as tf.Tensor5D;
  });
}

/** Probabilities of classes -> of ET, WT, TC: [N, D, H, W, 4] -> [N, D, H, W, 3]. */
export function regionsOfClasses(classes: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => {
    const [, core, oedema, enhancing] = tf.split(classes, 4, 4);
    const tumourCore = tf.add(core, enhancing);
    return tf.concat([enhancing, tf.add(tumourCore, oedema), tumourCore], 4) as tf.Tensor5D;
  });
}

/** Dice as RFNet and those after it have it. */
export const BATCH_DICE: OverlapOptions = {
  over: 'batch',
  squares: false,
  smooth: { above: 0, below: 1e-7 },
};

/** Mean softmax cross-entropy over samples and voxels. logits and labels, one-hot, [N, D, H, W, C]. */
export function classCrossEntropy(logits: tf.Tensor5D, labels: tf.Tensor5D): tf.Scalar {
  return tf.tidy(() => {
    const flat = tf.reshape(logits, [-1, logits.shape[4]]) as tf.Tensor2D;
    return crossEntropy(flat, tf.reshape(tf.argMax(labels, 4), [-1]) as tf.Tensor1D);
  });
}

/** Cross-entropy and Dice of several probability maps, each summed over the maps. */
export function summedLosses(
  maps: readonly tf.Tensor5D[],
  labels: tf.Tensor5D,
): [crossEntropy: tf.Scalar, dice: tf.Scalar] {
  const sum = (terms: tf.Scalar[]): tf.Scalar => tf.addN(terms) as tf.Scalar;
  return [
    sum(maps.map((p) => clampedCrossEntropy(p, labels, 'sample'))),
    sum(maps.map((p) => classDice(p, labels, BATCH_DICE))),
  ];
}

/** a + weight b + ... */
export function weightedSum(...terms: [weight: number | tf.Scalar, term: tf.Scalar][]): tf.Scalar {
  const weighted = terms.map(([weight, term]) => (weight === 1 ? term : tf.mul(term, weight)));
  return tf.addN(weighted) as tf.Scalar;
}
