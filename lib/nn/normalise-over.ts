/**
 * Layer and group norm: mean and variance run over channels, too. With x^ = (x - mean) / s and means over the same
 * places, dx = 1 / s (dy - mean(dy) - x^ mean(dy x^)).
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { meanAlong } from './normalise';
import type { NamedTensors } from './parameters';

/** (x - mean) / sqrt(population variance + epsilon) over `axes`. The caller disposes of it. */
function normaliseOver<T extends tf.Tensor>(x: T, axes: readonly number[], epsilon: number): T {
  // One axis after the other: see `spaceMean` of normalise.ts.
  const mean = (values: tf.Tensor): tf.Tensor => axes.reduce(meanAlong, values);
  return withGradient<T>([x], {
    forward: ([input]) => {
      const centred = tf.sub(input, mean(input));
      const inverse = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
      const normal = tf.mul(centred, inverse);
      return { value: normal, saved: [normal, inverse] };
    },
    backward: (dy, [normal, inverse]) => {
      const along = tf.mul(normal, mean(tf.mul(dy, normal)));
      return [tf.mul(inverse, tf.sub(tf.sub(dy, mean(dy)), along))];
    },
  });
}

/** x times `name.weight` plus `name.bias`, which broadcast against it. */
function scaleAndShift<T extends tf.Tensor>(parameters: NamedTensors, name: string, x: T): T {
  return tf.add(tf.mul(x, parameters[`${name}.weight`]), parameters[`${name}.bias`]);
}

/** Layer norm over the last `count` axes, with scale and shift on the last one. x [..., C]. */
export function layerNorm<T extends tf.Tensor>(
  parameters: NamedTensors,
  name: string,
  x: T,
  { epsilon, count = 1 }: { epsilon: number; count?: number },
): T {
  return tf.tidy(() => {
    const axes = Array.from({ length: count }, (_, i) => x.rank - 1 - i);
    return scaleAndShift(parameters, name, normaliseOver(x, axes, epsilon));
  });
}

/** Group norm, epsilon 1e-5: over space and the channels of a group, which are neighbours. x [N, D, H, W, C]. */
export function groupNorm(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor5D,
  groups: number,
): tf.Tensor5D {
  return tf.tidy(() => {
    const [samples, d, h, w, channels] = x.shape;
    const grouped = tf.reshape(x, [samples, d, h * w, groups, channels / groups]);
    const normal = tf.reshape(normaliseOver(grouped, [4, 2, 1], 1e-5), x.shape);
    return scaleAndShift(parameters, name, normal) as tf.Tensor5D;
  });
}
