import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conv3d } from '../nn/layers3d';
import { tf } from '../nn/tf';
import { multiplyAdds } from './multiply-adds';

const counted = (f: () => tf.Tensor): number => multiplyAdds(() => tf.tidy(() => void f()));

test('a convolution has a product per output, input channel and place of its kernel', () => {
  const of = (size: number, stride: 1 | 2): number =>
    counted(() =>
      conv3d(tf.ones([2, size, size, size, 3]), tf.ones([3, 3, 3, 3, 5]), {
        stride: [stride, stride, stride],
      }),
    );
  assert.equal(of(4, 1), 2 * 4 ** 3 * 5 * 27 * 3);
  assert.equal(of(4, 2), 2 * 2 ** 3 * 5 * 27 * 3);
});

test('a matrix product has one per row, column and inner index, transposed or not, for each of a batch', () => {
  assert.equal(
    counted(() => tf.matMul(tf.ones([4, 6]), tf.ones([6, 5]))),
    4 * 6 * 5,
  );
  assert.equal(
    counted(() => tf.matMul(tf.ones([6, 4]), tf.ones([5, 6]), true, true)),
    4 * 6 * 5,
  );
  assert.equal(
    counted(() => tf.matMul(tf.ones([3, 4, 6]), tf.ones([3, 6, 5]))),
    3 * 4 * 6 * 5,
  );
  assert.equal(
    counted(() => tf.add(tf.ones([4, 6]), tf.ones([4, 6]))),
    0,
  );
});
