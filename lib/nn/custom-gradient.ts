/** A function of tensors with a custom gradient: tfjs's customGrad, with types. */
import { tf } from './tf';

export interface CustomGradient {
  /** The value, and what the backward pass needs of it. tfjs keeps and frees what is saved. */
  forward: (inputs: tf.Tensor[]) => { value: tf.Tensor; saved?: tf.Tensor[] };
  /** d loss / d input for each input, given d loss / d value. */
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

/**
 * Applies `forward` to the inputs so that differentiation uses `backward`. What either makes on the
 * way is freed by tfjs; the caller disposes of the value.
 */
export function withGradient<T extends tf.Tensor>(
  inputs: tf.Tensor[],
  { forward, backward }: CustomGradient,
): T {
  const apply = tf.customGrad((...args: unknown[]) => {
    const save = args[args.length - 1] as (tensors: tf.Tensor[]) => void;
    const { value, saved = [] } = forward(args.slice(0, -1) as tf.Tensor[]);
    save(saved);
    return {
      value,
      gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => {
        const gradients = backward(dy, kept);
        return gradients.length === 1 ? gradients[0] : gradients;
      },
    };
  });
  return apply(...inputs) as T;
}
