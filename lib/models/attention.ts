/** Multi-head self-attention. */
import { softmax } from '../nn/elementwise';
import { linear } from '../nn/dense';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';

/**
 * softmax(q k^T / sqrt(E / heads)) v by heads, which lie side by side, then `name.proj`; `name.qkv` [3 E, E] gives q, then
 * k, then v. tokens [N, T, E] -> the same shape. The caller disposes of it.
 */
export function attention(
  parameters: NamedTensors,
  name: string,
  tokens: tf.Tensor3D,
  heads: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const [samples, count, width] = tokens.shape;
    const byHead = (x: tf.Tensor): tf.Tensor =>
      tf.transpose(tf.reshape(x, [samples, count, heads, width / heads]), [0, 2, 1, 3]);
    const [q, k, v] = tf.split(linear(parameters, `${name}.qkv`, tokens), 3, 2).map(byHead);
    const scores = tf.div(tf.matMul(q, k, false, true), tf.sqrt(width / heads));
    const mixed = tf.matMul(softmax(scores), v);
    const sideBySide = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), tokens.shape);
    return linear(parameters, `${name}.proj`, sideBySide) as tf.Tensor3D;
  });
}
