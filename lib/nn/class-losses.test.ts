import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { clampedCrossEntropy, classDice, classOverlap, oneHot } from './class-losses';
import { tf } from './tf';

/** Two samples of two voxels: probabilities of two classes, and the true ones. */
const P = [0.25, 0.75, 0.5, 0.5, 0.001, 0.999, 1, 0];
const CLASSES = [0, 1, 0, 0];

const given = (): [p: tf.Tensor5D, t: tf.Tensor5D] => [
  tf.tensor5d(P, [2, 1, 1, 2, 2]),
  oneHot(tf.tensor4d(CLASSES, [2, 1, 1, 2]), 2),
];

test('clamped cross-entropy by hand: weights by sample, by batch, and none', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const [p, t] = given();
      const logs = [Math.log(0.25), Math.log(0.5), Math.log(0.005), 0];
      const mean = (weights: number[]): number =>
        -weights.reduce((sum, w, i) => sum + w * logs[i], 0) / 4;
      assertClose(clampedCrossEntropy(p, t, 'none'), [mean([1, 1, 1, 1])], 1e-6);
      assertClose(clampedCrossEntropy(p, t, 'sample'), [mean([0.5, 0.5, 0, 0])], 1e-6);
      assertClose(clampedCrossEntropy(p, t, 'batch'), [mean([0.25, 0.75, 0.25, 0.25])], 1e-6);
    }),
  );
});

test('overlap of classes by hand: of samples or the batch, with squares or without', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const [p, t] = given();
      const smooth = { above: 0.5, below: 1 };
      assertClose(
        classOverlap(p, t, { over: 'batch', squares: false, smooth }),
        [(2 * 1.251 + 0.5) / (1.751 + 3 + 1), (2 * 0.5 + 0.5) / (2.249 + 1 + 1)],
        1e-6,
      );
      const squares = [0.3125, 0.8125, 1 + 1e-6, 0.999 ** 2];
      const dice = [
        (2 * 0.25 + 0.5) / (squares[0] + 1 + 1),
        (2 * 0.5 + 0.5) / (squares[1] + 1 + 1),
        (2 * 1.001 + 0.5) / (squares[2] + 2 + 1),
        0.5 / (squares[3] + 0 + 1),
      ];
      const options = { over: 'sample', squares: true, smooth } as const;
      assertClose(classOverlap(p, t, options), dice, 1e-6);
      assertClose(classDice(p, t, options), [1 - dice.reduce((a, b) => a + b, 0) / 4], 1e-6);
    }),
  );
});

test('gradients of both through a softmax', () => {
  const labels = (): tf.Tensor5D =>
    oneHot(
      patterned([2, 1, 2, 3], (k) => k % 3),
      3,
    );
  const logits = (): Record<string, tf.Tensor> => ({
    x: patterned([2, 1, 2, 3, 3], (k) => Math.sin(1.7 * k)),
  });
  for (const shares of ['sample', 'batch', 'none'] as const) {
    assertGradients(
      ({ x }) => clampedCrossEntropy(tf.softmax(x as tf.Tensor5D), labels(), shares),
      logits,
    );
  }
  for (const over of ['sample', 'batch'] as const) {
    const options = { over, squares: true, smooth: { above: 1e-5, below: 1e-5 } };
    assertGradients(({ x }) => classDice(tf.softmax(x as tf.Tensor5D), labels(), options), logits);
  }
});
