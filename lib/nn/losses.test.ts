import { test } from 'node:test';
import { binaryCrossEntropy, crossEntropy, diceLoss, segmentationLoss } from './losses';
import { valueAndGradients } from './gradients';
import { disposeAll } from './parameters';
import { assertClose, assertNoLeak, patterned } from '../checks/fixtures/tensors';
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

test('Dice and BCE of overlapping regions: values and gradient of the formula in PyTorch', () => {
  // logits 3 sin(.7 k), labels sin(1.3 k) > 0, both [2, 3, 1, 2, 2] in PyTorch's order, float64
  assertNoLeak(() => {
    tf.tidy(() => {
      const volume = (f: (k: number) => number): tf.Tensor5D =>
        tf.transpose(patterned([2, 3, 1, 2, 2], f) as tf.Tensor5D, [0, 2, 3, 4, 1]);
      const logits = volume((k) => 3 * Math.sin(0.7 * k));
      const labels = volume((k) => Number(Math.sin(1.3 * k) > 0));
      assertClose(diceLoss(logits, labels), [0.5880166990650592], 1e-6);
      assertClose(binaryCrossEntropy(logits, labels), [3.1186385233460667], 2e-6);
      const { gradients } = valueAndGradients(() => segmentationLoss(logits, labels), { logits });
      assertClose(
        gradients.logits.dataSync().slice(0, 8),
        [0.066386, 0.092448, 0.018666, -0.019977, -0.104245, 0.069162, -0.007954, -0.120316],
        2e-6,
      );
    });
  });
});
