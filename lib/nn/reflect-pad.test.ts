import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { convolve, reflectPad } from './layers3d';
import { halveByMaximum } from './max-pool3d';
import { tf } from './tf';

test('reflect padding: index -1 is 1, index n is n - 2', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const x = tf.tensor5d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2, 1]);
      const y = reflectPad(x, 1);
      assertClose(tf.slice(y, [0, 0, 0, 0, 0], [1, 1, 1, 4, 1]), [8, 7, 8, 7], 0);
      assertClose(tf.slice(y, [0, 1, 1, 0, 0], [1, 1, 1, 4, 1]), [2, 1, 2, 1], 0);
    }),
  );
  assertGradients(
    ({ x }) => reflectPad(x as tf.Tensor5D, 2),
    () => ({ x: patterned([1, 3, 3, 3, 2], (k) => Math.sin(k)) }),
  );
});

for (const [kernel, stride, padding] of [
  [3, 1, 'reflect'],
  [3, 2, 'reflect'],
  [4, 2, 'reflect'],
  [4, 2, 'zeros'],
] as const) {
  test(`gradients of a convolution ${kernel}x${kernel}x${kernel} with stride ${stride}, ${padding}`, () => {
    assertGradients(
      ({ x, ...parameters }) =>
        convolve(parameters, 'c', x as tf.Tensor5D, { stride: [stride, stride, stride], padding }),
      () => ({
        x: patterned([1, 4, 4, 4, 1], (k) => Math.sin(0.7 * k)),
        'c.weight': patterned([kernel, kernel, kernel, 1, 2], (k) => 0.3 * Math.cos(0.4 * k)),
        'c.bias': patterned([2], (k) => k),
      }),
      2e-2,
    );
  });
}

test('halving by the maximum: the first of equals gets the gradient', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const x = tf.tensor5d([1, 4, 4, 2, 0, 4, 3, 3], [1, 2, 2, 2, 1]);
      assertClose(halveByMaximum(x), [4], 0);
      const gradient = tf.grad((v: tf.Tensor) => tf.sum(halveByMaximum(v as tf.Tensor5D)))(x);
      assertClose(gradient, [0, 1, 0, 0, 0, 0, 0, 0], 0);
    }),
  );
  assertGradients(
    ({ x }) => halveByMaximum(x as tf.Tensor5D),
    () => ({ x: patterned([2, 2, 4, 2, 2], (k) => 3 * Math.sin(1.9 * k)) }),
  );
});
