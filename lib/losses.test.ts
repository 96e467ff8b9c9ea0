import { test } from 'node:test';
import { crossEntropy } from './losses';
import { valueAndGradients } from './nn/gradients';
import { disposeAll } from './nn/parameters';
import { assertClose, assertNoLeak } from './nn/testing';
import { tf } from './tf';

test('cross-entropy: value and gradient in closed form, no leak', () => {
  assertNoLeak(() => {
    const rows = [
      [2, -1, 0.5],
      [0, 1, 3],
    ];
    const truth = [0, 1];
    const softmax = rows.map((row) =>
      row.map((x) => Math.exp(x) / row.reduce((sum, y) => sum + Math.exp(y), 0)),
    );
    const logits = tf.tensor2d(rows);
    const labels = tf.tensor1d(truth, 'int32');
    const { value, gradients } = valueAndGradients(() => crossEntropy(logits, labels), { logits });
    assertClose(value, [-(Math.log(softmax[0][0]) + Math.log(softmax[1][1])) / 2], 1e-6);
    assertClose(
      gradients.logits,
      softmax.flatMap((row, n) => row.map((p, k) => (p - Number(k === truth[n])) / 2)),
      1e-6,
    );
    value.dispose();
    disposeAll(gradients);
    tf.dispose([logits, labels]);
  });
});
