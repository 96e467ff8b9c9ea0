import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { usingKernels } from './kernels';
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

test('the kit’s kernel of reflect padding has the bits of TensorFlow’s, and of its gradient', () => {
  assertNoLeak(() => {
    for (const [shape, p] of [
      [[2, 5, 6, 7, 3], 1],
      [[1, 4, 5, 9, 2], 3],
      [[1, 8, 4, 4, 17], 2],
      [[1, 2, 3, 2, 1], 1],
    ] as const) {
      const [native, composed] = (['native', 'composed'] as const).map((kind) =>
        usingKernels(kind, () =>
          tf.tidy(() => {
            const x = patterned([...shape], (k) => Math.sin(3.1 * k)) as tf.Tensor5D;
            const padded = (v: tf.Tensor): tf.Tensor5D => reflectPad(v as tf.Tensor5D, p);
            const dy = patterned(padded(x).shape, (k) => Math.cos(1.7 * k));
            return [padded(x), tf.grad(padded)(x, dy)].map((one) => one.dataSync());
          }),
        ),
      );
      assert.deepEqual(native, composed, `${shape.join()} by ${p}`);
    }
  });
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
