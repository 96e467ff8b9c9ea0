/** What the tests of tensor code share. */
import assert from 'node:assert/strict';
import { tf } from '../tf';

/** Every value within `tolerance` of the expected one. Disposes of nothing. */
export function assertClose(
  actual: tf.Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  const values = actual instanceof tf.Tensor ? actual.dataSync() : actual;
  assert.equal(values.length, expected.length, 'count of values');
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(values[i] - expected[i]);
    assert.ok(
      off <= tolerance,
      `value ${i} is ${values[i]}, expected ${expected[i]} (off by ${off})`,
    );
  }
}

/** Runs `body`, which disposes of what it was given, and holds it to leaving no tensor behind. */
export function assertNoLeak(body: () => void): void {
  const before = tf.memory().numTensors;
  body();
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
}

/** f(0), f(1), ... laid out in `shape`. */
export function patterned(shape: number[], f: (k: number) => number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, k) => f(k)),
    shape,
  );
}

/**
 * d loss / d x by central differences in float32, one value at a time.
 * Only for small x; the step suits values of order one.
 */
export function numericGradient(
  loss: (x: tf.Tensor) => tf.Scalar,
  x: tf.Tensor,
  step = 1e-2,
): number[] {
  const values = x.dataSync().slice();
  return Array.from(values, (_, k) => {
    const at = (delta: number): number =>
      tf.tidy(() => {
        const moved = values.slice();
        moved[k] += delta;
        return loss(tf.tensor(moved, x.shape)).dataSync()[0];
      });
    return (at(step) - at(-step)) / (2 * step);
  });
}
