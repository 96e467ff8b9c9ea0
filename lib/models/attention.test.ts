import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { tf } from '../nn/tf';
import { attention } from './attention';

test('attention of equal keys is the mean of the values', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const none = tf.zeros([2, 2]);
      const parameters = {
        'a.qkv.weight': tf.concat([tf.eye(2), none, tf.eye(2)], 0),
        'a.proj.weight': tf.eye(2),
        'a.proj.bias': tf.tensor1d([10, 20]),
      };
      const tokens = tf.tensor3d([1, 2, 3, 6], [1, 2, 2]);
      assertClose(attention(parameters, 'a', tokens, { heads: 2 }), [12, 24, 12, 24], 1e-5);
    }),
  );
});

test('gradients of attention with two heads', () => {
  assertGradients(
    ({ x, ...parameters }) => attention(parameters, 'a', x as tf.Tensor3D, { heads: 2 }),
    () => ({
      x: patterned([2, 3, 4], (k) => Math.sin(1.1 * k)),
      'a.qkv.weight': patterned([12, 4], (k) => 0.5 * Math.cos(0.7 * k)),
      'a.proj.weight': patterned([4, 4], (k) => Math.sin(0.9 * k)),
      'a.proj.bias': patterned([4], (k) => k),
    }),
  );
});
