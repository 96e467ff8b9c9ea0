/**
 * The kit's axis order of convolution weights, and PyTorch's. One permutation works for both kinds:
 * a convolution [k, k, k, in, out] <-> [out, in, k, k, k], a transposed one [k, k, k, out, in] <-> [in, out, k, k, k].
 */
import { tf } from '../../nn/tf';

/** Axes of a PyTorch weight in the kit's order. */
export const FROM_TORCH = [2, 3, 4, 1, 0];
/** The inverse. */
export const TO_TORCH = [4, 3, 0, 1, 2];

/** A 5-D weight in the kit's axis order, any other tensor unchanged. The caller disposes of it. */
export function fromTorch(tensor: tf.Tensor): tf.Tensor {
  return tensor.rank === 5 ? tf.transpose(tensor, FROM_TORCH) : tensor.clone();
}

/** A 5-D weight in PyTorch's axis order, any other tensor unchanged. The caller disposes of it. */
export function toTorch(tensor: tf.Tensor): tf.Tensor {
  return tensor.rank === 5 ? tf.transpose(tensor, TO_TORCH) : tensor.clone();
}

/** The shape that `toTorch` gives. */
export function torchShape(shape: readonly number[]): number[] {
  return shape.length === 5 ? TO_TORCH.map((axis) => shape[axis]) : [...shape];
}
