import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';
import { valueAndGradients } from '../nn/gradients';
import { tf } from '../nn/tf';
import { mapDivergence } from './kdnet';

const SHAPE: [number, number, number, number, number] = [2, 2, 1, 3, 2];
const COUNT = 12;

/** Far from 0, where exp(x) overflows. */
const values = (name: string): number[] => {
  const stream = randomStream(0, name);
  return Array.from({ length: 2 * COUNT }, () => 500 + 3 * stream.normal());
};

/** exp(x) / sum exp(x) of each sample. */
function softmaxes(x: readonly number[]): number[] {
  return [0, COUNT].flatMap((from) => {
    const own = x.slice(from, from + COUNT).map((v) => Math.exp(v - 500));
    const sum = own.reduce((a, b) => a + b, 0);
    return own.map((v) => v / sum);
  });
}

test('the divergence of maps is that of their softmaxes by sample, teacher first, and its gradient theirs', () => {
  const [teacher, student] = [values('teacher'), values('student')];
  const [p, q] = [softmaxes(teacher), softmaxes(student)];
  const expected = p.reduce((sum, v, i) => sum + v * Math.log(v / q[i]), 0) / 2;
  const [x, y] = [teacher, student].map((v) => tf.variable(tf.tensor5d(v, SHAPE)));
  assertNoLeak(() => {
    const { value, gradients } = valueAndGradients(
      () => mapDivergence(x as tf.Tensor5D, y as tf.Tensor5D),
      { y },
    );
    assert.ok(
      Math.abs(value.dataSync()[0] - expected) < 1e-4,
      `${value.dataSync()[0]}, ${expected}`,
    );
    const gradient = q.map((v, i) => (v - p[i]) / 2);
    assertClose(gradients.y, gradient, 1e-5);
    tf.dispose([value, gradients]);
    const itself = mapDivergence(x as tf.Tensor5D, x as tf.Tensor5D);
    assert.equal(itself.dataSync()[0], 0);
    itself.dispose();
  });
  tf.dispose([x, y]);
});
