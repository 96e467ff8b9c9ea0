import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { groupNorm, layerNorm } from './normalise-over';
import { tf } from './tf';

const affine = (channels: number): Record<string, tf.Tensor> => ({
  'n.weight': patterned([channels], (k) => 1 + 0.2 * Math.cos(k)),
  'n.bias': patterned([channels], (k) => 0.1 * Math.sin(k)),
});

test('layer norm of a row by hand; over all axes but the first the mean is that of the sample', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const plain = { 'n.weight': tf.ones([3]), 'n.bias': tf.zeros([3]) };
      const root = Math.sqrt(1.5);
      const x = tf.tensor2d([1, 2, 3, 5, 7, 9], [2, 3]);
      assertClose(layerNorm(plain, 'n', x, { epsilon: 0 }), [-root, 0, root, -root, 0, root], 1e-5);
      const volume = tf.reshape(x, [1, 1, 2, 1, 3]);
      const [mean, deviation] = [4.5, Math.sqrt(47.5 / 6)];
      assertClose(
        layerNorm(plain, 'n', volume, { epsilon: 0, count: 4 }),
        [1, 2, 3, 5, 7, 9].map((v) => (v - mean) / deviation),
        1e-5,
      );
    }),
  );
});

test('gradients of layer norm', () => {
  assertGradients(
    ({ x, ...parameters }) => layerNorm(parameters, 'n', x, { epsilon: 1e-5 }),
    () => ({ x: patterned([2, 2, 5], (k) => 2 * Math.sin(1.3 * k)), ...affine(5) }),
  );
});

test('group norm: channels of a group share mean and deviation; gradients', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const plain = { 'n.weight': tf.ones([4]), 'n.bias': tf.zeros([4]) };
      const x = tf.tensor5d([1, 3, 10, 30], [1, 1, 1, 1, 4]);
      assertClose(groupNorm(plain, 'n', x, 2), [-1, 1, -1, 1], 1e-4);
    }),
  );
  assertGradients(
    ({ x, ...parameters }) => groupNorm(parameters, 'n', x as tf.Tensor5D, 2),
    () => ({ x: patterned([2, 2, 1, 2, 4], (k) => 2 * Math.sin(1.3 * k)), ...affine(4) }),
  );
});
