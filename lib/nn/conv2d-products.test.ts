import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { convolve, inputGradient, kernelGradient } from './conv2d-products';
import { valueAndGradients } from './gradients';
import { disposeAll, type NamedTensors } from './parameters';
import { tf } from './tf';

const draw = randomStream(0, 'products');
const made = (shape: [number, number, number, number]): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 2 * draw.uniform() - 1),
    shape,
  );

const [X, W, Y] = [
  [2, 7, 6, 3],
  [3, 3, 3, 4],
  [2, 5, 4, 4],
] as [number, number, number, number][];

/** By tfjs, whose convolution has first gradients. */
test('the three are a convolution and its gradients', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const [x, w, dy] = [X, W, Y].map(made);
    const product = tf.grads((a, b) =>
      tf.sum(tf.mul(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'valid'), dy)),
    );
    const [dx, dw] = product([x, w]);
    const near = (a: tf.Tensor, b: tf.Tensor): void =>
      assert.ok(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] < 1e-5);
    near(convolve(x, w), tf.conv2d(x, w, 1, 'valid'));
    near(inputGradient(X, w, dy), dx);
    near(kernelGradient(W, x, dy), dw);
  });
  assert.equal(tf.memory().numTensors, before);
});

test('each has the gradients that finite differences give', () => {
  const functions: Record<
    string,
    [shapes: (typeof X)[], f: (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor]
  > = {
    convolve: [[X, W], convolve],
    inputGradient: [[W, Y], (w, dy) => inputGradient(X, w, dy)],
    kernelGradient: [[X, Y], (x, dy) => kernelGradient(W, x, dy)],
  };
  for (const [name, [shapes, f]] of Object.entries(functions)) {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const [a, b] = shapes.map(made);
      const along = made(f(a, b).shape as typeof X);
      const value = (one: tf.Tensor4D, other: tf.Tensor4D): tf.Scalar =>
        tf.sum(tf.mul(f(one, other), along));
      const inputs: NamedTensors = { a: tf.variable(a), b: tf.variable(b) };
      const { gradients } = valueAndGradients(
        () => value(inputs.a as tf.Tensor4D, inputs.b as tf.Tensor4D),
        inputs,
      );
      // Linear in each, so a long step is exact.
      for (const which of ['a', 'b'] as const) {
        const step = made(inputs[which].shape as typeof X);
        const moved = { a, b, [which]: tf.add(inputs[which], step) } as {
          a: tf.Tensor4D;
          b: tf.Tensor4D;
        };
        const difference = tf.sub(value(moved.a, moved.b), value(a, b)).dataSync()[0];
        const expected = tf.sum(tf.mul(gradients[which], step)).dataSync()[0];
        assert.ok(
          Math.abs(difference - expected) < 1e-3,
          `${name}, ${which}: ${difference} and ${expected}`,
        );
      }
      disposeAll(inputs as never);
    });
    assert.equal(tf.memory().numTensors, before, name);
  }
});
