/** Inputs of a method by the rule of `filling.ts`. */
import { CLASS_COUNT } from '../../../models/conv-units';
import { oneHot } from '../../../nn/class-losses';
import { tf } from '../../../nn/tf';
import { classLabels, filledImages, filledVolume, regionLabels } from '../filling';
import { availabilityRows, type RivalCase } from '../golden';
import type { Rival, Setting } from './rival';

/** Classes, one-hot. */
function classMaps(of: RivalCase): tf.Tensor5D {
  return tf.tidy(() => oneHot(classLabels(of), CLASS_COUNT));
}

/** Of a case. */
export interface RivalTensors {
  /** As in `RivalInput`. */
  images: tf.Tensor5D;
  labels: tf.Tensor5D;
  mask: tf.Tensor2D;
  noise: tf.Tensor5D[];
}

/** The caller disposes of all its tensors. */
export function rivalInputs(rival: Rival, setting: Setting, of: RivalCase): RivalTensors {
  return {
    images: filledImages(of),
    labels: rival.labels === 'regions' ? regionLabels(of) : classMaps(of),
    mask: tf.tensor2d(availabilityRows(of).map((row) => row.map(Number))),
    noise: (rival.noise?.(setting, of) ?? []).map((shape, level) =>
      filledVolume(`noise/${of.tag}/${level}`, shape, -1, 1),
    ),
  };
}
