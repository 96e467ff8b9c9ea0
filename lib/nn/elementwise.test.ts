import { test } from 'node:test';
import { tf } from './tf';
import { absolute, relu } from './elementwise';
import { valueAndGradients } from './gradients';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';

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
