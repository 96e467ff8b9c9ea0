/** Multi-head self-attention. */
import { softmax } from '../nn/elementwise';
import { linear } from '../nn/dense';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';

export interface AttentionOptions {
  heads: number;
  /** Applied to the softmax and to the result, such as a dropout. Default: nothing. */
  drop?: Drop;
}

/** A tensor of the same shape, such as of a dropout. */
export type Drop = <T extends tf.Tensor>(x: T) => T;
export const DROP_NOTHING: Drop = (x) => x;

/**
 * softmax(q k^T / sqrt(E / heads)) v by heads, which lie side by side, then `name.proj`; `name.qkv` [3 E, E] gives q, then
 * k, then v. tokens [N, T, E] -> the same shape. The caller disposes of it.
 */
export function attention(
  parameters: NamedTensors,
  name: string,
  tokens: tf.Tensor3D,
  { heads, drop = DROP_NOTHING }: AttentionOptions,
): tf.Tensor3D {
  return tf.tidy(() => {
    const [samples, count, width] = tokens.shape;
    const byHead = (x: tf.Tensor): tf.Tensor =>
      tf.transpose(tf.reshape(x, [samples, count, heads, width / heads]), [0, 2, 1, 3]);
    const [q, k, v] = tf.split(linear(parameters, `${name}.qkv`, tokens), 3, 2).map(byHead);
    const scores = tf.div(tf.matMul(q, k, false, true), tf.sqrt(width / heads));
    const mixed = tf.matMul(drop(softmax(scores)), v);
    const sideBySide = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), tokens.shape);
    return drop(linear(parameters, `${name}.proj`, sideBySide) as tf.Tensor3D);
  });
}
