/**
 * Weights and inputs that can be regenerated exactly, in any language: mulberry32 seeded with the
 * FNV-1a hash of the tensor's name, in C order of its PyTorch shape, rounded to float32.
 */
import { fromTorch } from '../../brats/checkpoint/layout';
import { segmentationSpecs } from '../../models/segmentation';
import { fanIn, sizeOf, type ParameterSpec } from '../../nn/parameter-specs';
import type { Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';

/** The stream u(name, 1), u(name, 2), ... in [0, 1). */
export function namedUniform(name: string): () => number {
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
  return filledFrom(segmentationSpecs(width));
}

/** The bounds of a parameter's values by its name and PyTorch's shape. */
function boundsOf({ name, shape }: ParameterSpec): [low: number, high: number] {
  if (name.endsWith('log_scale')) return [4.5, 5.5];
  if (name.endsWith('weight') && shape.length > 1) {
    const bound = Math.sqrt(3 / fanIn(shape));
    return [-bound, bound];
  }
  if (shape.length > 1) return [-0.5, 0.5];
  return name.endsWith('weight') ? [0.5, 1.5] : [-0.2, 0.2];
}

/** All parameters of a network by the rule, in the kit's layout. The caller disposes of them. */
export function filledFrom(specs: readonly ParameterSpec[]): Parameters {
  return Object.fromEntries(
    specs.map((spec) => {
      const { name, shape } = spec;
      const values = filled(name, sizeOf(shape), ...boundsOf(spec));
      return [name, tf.tidy(() => tf.variable(fromTorch(tf.tensor(values, [...shape]))))];
    }),
  );
}

/** What a batch is filled for. */
export interface FilledCase {
  tag: string;
  batch: number;
  crop: readonly [number, number, number];
}

const voxelsOf = ({ batch, crop }: FilledCase): number => crop.reduce((a, b) => a * b, batch);

/** PyTorch's [N, C, D, H, W] in the shape [N, D, H, W, C]. */
function channelsLast(values: Float32Array, shape: readonly number[]): tf.Tensor5D {
  const [samples, d, h, w, channels] = shape;
  return tf.tidy(() =>
    tf.transpose(tf.tensor(values, [samples, channels, d, h, w]), [0, 2, 3, 4, 1]),
  );
}

/** The named stream between bounds, in the shape [N, D, H, W, C]. */
export function filledVolume(
  name: string,
  shape: readonly number[],
  low: number,
  high: number,
): tf.Tensor5D {
  return channelsLast(filled(name, sizeOf(shape), low, high), shape);
}

/** images/<tag>: -1..1, [N, D, H, W, 4]. */
export function filledImages({ tag, batch, crop }: FilledCase): tf.Tensor5D {
  return filledVolume(`images/${tag}`, [batch, ...crop, 4], -1, 1);
}

/** labels/<tag> of regions: 1 where u > 0.7, [N, D, H, W, 3]. */
export function regionLabels(of: FilledCase): tf.Tensor5D {
  const values = filled(`labels/${of.tag}`, 3 * voxelsOf(of), 0, 1);
  const regions = values.map((u) => Number(u > 0.7));
  return channelsLast(regions, [of.batch, ...of.crop, 3]);
}

/** labels/<tag> of classes 0..3, [N, D, H, W]: up to 0.55, 0.7, 0.85, 1. */
export function classLabels(of: FilledCase): tf.Tensor4D {
  const values = filled(`labels/${of.tag}`, voxelsOf(of), 0, 1);
  const classes = values.map((u) => [0.55, 0.7, 0.85].filter((most) => u >= most).length);
  return tf.tensor4d(classes, [of.batch, ...of.crop]);
}

/** images/<tag> in -1..1, [N, D, H, W, 4], and labels/<tag>, 1 where u > 0.7, [N, D, H, W, 3]. The caller disposes of both. */
export function filledBatch(
  tag: string,
  batch: number,
  crop: readonly [number, number, number],
): { images: tf.Tensor5D; labels: tf.Tensor5D } {
  const of = { tag, batch, crop };
  return { images: filledImages(of), labels: regionLabels(of) };
}
