/**
 * Weights and inputs that can be regenerated exactly, in any language: mulberry32 seeded with the
 * FNV-1a hash of the tensor's name, in C order of its PyTorch shape, rounded to float32.
 */
import { FROM_TORCH } from '../../brats/checkpoint/layout';
import { segmentationLayers } from '../../models/segmentation';
import { constantVariable, type Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';

/** The stream u(name, 1), u(name, 2), ... in [0, 1). */
function namedUniform(name: string): () => number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  let a = hash;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `size` values lo + (hi - lo) u of the named stream. */
export function filled(name: string, size: number, low: number, high: number): Float32Array {
  const next = namedUniform(name);
  return Float32Array.from({ length: size }, () => low + (high - low) * next());
}

/**
 * All parameters of the segmentation network by the rule: convolutions +-sqrt(3 / fan_in of the
 * PyTorch shape), norm weights 0.5..1.5, norm biases -0.2..0.2. The caller disposes of them.
 */
export function filledParameters(width = 1): Parameters {
  const parameters: Parameters = {};
  const { convolutions, norms } = segmentationLayers(width);
  for (const { name, kernel, inputs, outputs, transposed } of convolutions) {
    const [first, second] = transposed ? [inputs, outputs] : [outputs, inputs];
    const shape = [first, second, kernel, kernel, kernel];
    const bound = Math.sqrt(3 / (second * kernel ** 3));
    const values = filled(`${name}.weight`, first * second * kernel ** 3, -bound, bound);
    parameters[`${name}.weight`] = tf.tidy(() =>
      tf.variable(tf.transpose(tf.tensor(values, shape), FROM_TORCH)),
    );
  }
  for (const { name, channels } of norms) {
    parameters[`${name}.weight`] = constantVariable(
      [channels],
      filled(`${name}.weight`, channels, 0.5, 1.5),
    );
    parameters[`${name}.bias`] = constantVariable(
      [channels],
      filled(`${name}.bias`, channels, -0.2, 0.2),
    );
  }
  return parameters;
}

/** images/<tag> in -1..1, [N, D, H, W, 4], and labels/<tag>, 1 where u > 0.7, [N, D, H, W, 3]. The caller disposes of both. */
export function filledBatch(
  tag: string,
  batch: number,
  crop: readonly [number, number, number],
): { images: tf.Tensor5D; labels: tf.Tensor5D } {
  const voxels = batch * crop.reduce((a, b) => a * b, 1);
  const channelsLast = (values: Float32Array, channels: number): tf.Tensor5D =>
    tf.tidy(() => tf.transpose(tf.tensor(values, [batch, channels, ...crop]), [0, 2, 3, 4, 1]));
  return {
    images: channelsLast(filled(`images/${tag}`, 4 * voxels, -1, 1), 4),
    labels: channelsLast(
      filled(`labels/${tag}`, 3 * voxels, 0, 1).map((u) => Number(u > 0.7)),
      3,
    ),
  };
}
