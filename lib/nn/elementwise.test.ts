import { test } from 'node:test';
import { tf } from './tf';
import { absolute, gelu, leakyRelu, relu } from './elementwise';
import { valueAndGradients } from './gradients';
import { assertClose, assertGradients, assertNoLeak } from '../checks/fixtures/tensors';

test('relu: zero below, itself above, gradient 0 and 1', () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const x = tf.tensor1d([-2, -0.5, 0.5, 2]);
      assertClose(relu(x), [0, 0, 0.5, 2], 0);
      const { gradients } = valueAndGradients(() => tf.sum(relu(x)) as tf.Scalar, { x });
      assertClose(gradients.x, [0, 0, 1, 1], 0);
    });
  });
});

test('absolute: gradient sign(x), and 0 where x is 0, as PyTorch has it', () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const x = tf.tensor1d([-2, 0, 3]);
      assertClose(absolute(x), [2, 0, 3], 0);
      const { gradients } = valueAndGradients(() => tf.sum(absolute(x)) as tf.Scalar, { x });
      assertClose(gradients.x, [-1, 0, 1], 0);
    });
  });
});

test('leaky ReLU and GELU: values, and gradients by differences', () => {
  const x = (): Record<string, tf.Tensor> => ({ x: tf.tensor1d([-2, -0.5, 0.3, 1, 2]) });
  assertNoLeak(() =>
    tf.tidy(() => {
      assertClose(leakyRelu(x().x, 0.2), [-0.4, -0.1, 0.3, 1, 2], 1e-6);
      // x Phi(x), with Phi of a table of the normal distribution
      assertClose(
        gelu(x().x),
        [-2 * 0.02275013, -0.5 * 0.30853754, 0.3 * 0.61791142, 0.84134475, 2 * 0.97724987],
        1e-6,
      );
    }),
  );
  assertGradients((of) => leakyRelu(of.x, 0.2), x);
  assertGradients((of) => gelu(of.x), x);
});
