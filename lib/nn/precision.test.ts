import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';
import { conv3d } from './layers3d';
import { precisionProblem, withPrecision } from './precision';
import { tf } from './tf';

// Whole numbers below 256 are exact in bfloat16, 257 is not.
test('in bf16 a convolution rounds its inputs and its output to 8 bits', () => {
  assertNoLeak(() => {
    const x = tf.tensor5d([1, 2, 3, 4], [1, 1, 1, 1, 4]);
    const weight = tf.tensor5d([1, 1, 1, 1], [1, 1, 1, 4, 1]);
    const of = (input: tf.Tensor5D): tf.Tensor5D =>
      withPrecision('bf16', () => conv3d(input, weight));
    const small = of(x);
    assert.equal(small.dtype, 'float32');
    assertClose(small, [10], 0);
    const large = tf.tensor5d([257, 0, 0, 0], [1, 1, 1, 1, 4]);
    const rounded = of(large);
    assertClose(rounded, [256], 0);
    const exact = conv3d(large, weight);
    assertClose(exact, [257], 0);
    tf.dispose([x, weight, small, large, rounded, exact]);
  });
});

test('gradients in it are rounded, too, and the precision ends with it', () => {
  assertNoLeak(() => {
    const x = tf.tensor5d([257], [1, 1, 1, 1, 1]);
    const gradientOf = (): tf.Tensor => {
      const slope = tf.grad((weight: tf.Tensor) =>
        tf.sum(conv3d(x, weight as tf.Tensor5D, { inputIsData: true })),
      );
      const weight = tf.ones([1, 1, 1, 1, 1]);
      const gradient = slope(weight);
      weight.dispose();
      return gradient;
    };
    const rounded = withPrecision('bf16', gradientOf);
    assertClose(rounded, [256], 0);
    assert.throws(() =>
      withPrecision('bf16', () => {
        throw new Error('stopped');
      }),
    );
    const exact = gradientOf();
    assertClose(exact, [257], 0);
    tf.dispose([x, rounded, exact]);
  });
});

test('a card without bfloat16 is refused, with what it takes', () => {
  assert.match(
    precisionProblem('bf16', () => 7.5) ?? '',
    /^brats.precision is bf16, which a card of compute capability 7.5 doesn't have; it takes 8.0/,
  );
  assert.equal(
    precisionProblem('bf16', () => 8),
    undefined,
  );
  assert.equal(
    precisionProblem('float32', () => assert.fail('looked up for nothing')),
    undefined,
  );
  assert.equal(
    precisionProblem('bf16', () => undefined),
    undefined,
  );
});
