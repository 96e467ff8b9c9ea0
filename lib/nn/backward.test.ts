import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from './tf';
import { backward, record } from './backward';
import { withGradient } from './custom-gradient';
import { valueAndGradients } from './gradients';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';

test('gradients agree with tfjs’s own, through splits, shared inputs and a tensor that is its own gradient', () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const x = tf.tensor2d([1, -2, 3, 0.5], [2, 2]);
      const y = tf.tensor2d([0.3, 0.7, -1, 2], [2, 2]);
      const f = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
        // The second half reaches nothing; a is added to itself; b passes through an identity.
        const [first] = tf.split(tf.mul(a, b), 2, 0);
        return tf.sum(tf.add(tf.add(first, first), tf.mean(tf.mul(b.clone(), a)))) as tf.Scalar;
      };
      const [dx, dy] = tf.grads(f)([x, y]);
      const { value, gradients } = valueAndGradients(() => f(x, y), { x, y });
      assertClose(value, f(x, y).dataSync(), 1e-6);
      assertClose(gradients.x, dx.dataSync(), 1e-6);
      assertClose(gradients.y, dy.dataSync(), 1e-6);
    });
  });
});

test('saved tensors and intermediate gradients are freed before the next gradient is computed', () => {
  const counts: number[] = [];
  const counted = (x: tf.Tensor): tf.Tensor =>
    withGradient([x], {
      forward: ([input]) => ({ value: tf.mul(input, 2), saved: [tf.add(input, 1)] }),
      backward: (dy) => {
        counts.push(tf.memory().numTensors);
        return [tf.mul(dy, 2)];
      },
    });
  assertNoLeak(() => {
    const x = tf.tensor1d([1, 2]);
    const { value, gradients } = valueAndGradients(
      () => tf.sum([1, 2, 3, 4, 5].reduce((y) => counted(y), x as tf.Tensor)) as tf.Scalar,
      { x },
    );
    assert.deepEqual([...gradients.x.dataSync()], [32, 32]);
    tf.dispose([x, value, gradients]);
  });
  const steps = counts.slice(1).map((count, i) => count - counts[i]);
  assert.deepEqual(steps, [-1, -1, -1, -1], 'each step back frees what it had saved');
});

test('an op without a gradient is named; a function that throws leaks no tensor', () => {
  assertNoLeak(() => {
    const x = tf.tensor1d([1, 2]);
    assert.throws(
      () =>
        tf.tidy(() => {
          const { value, tape } = record(() => tf.sum(tf.topk(tf.mul(x, x), 1).values));
          backward(tape, [{ output: value, gradient: tf.onesLike(value) }], [x]);
        }),
      /no gradient for TopK/,
    );
    assert.throws(
      () =>
        record(() => {
          tf.square(x);
          throw new Error('in the middle');
        }),
      /in the middle/,
    );
    const nested = (): unknown => record(() => record(() => tf.square(x)).value);
    assert.throws(nested, /inside of a function that is being differentiated/);
    x.dispose();
  });
});
