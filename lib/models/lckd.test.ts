import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';
import { valueAndGradients } from '../nn/gradients';
import { tf } from '../nn/tf';
import { electedDistillation, electTeachers } from './lckd';

test('elected distillation: a sum over teachers and available modalities; only students learn', () => {
  assertNoLeak(() =>
    tf.tidy(() => {
      const features = Object.fromEntries(
        [0, 1, 5, 9].map((value, m) => [m, tf.fill([1, 2], value)]),
      );
      const run = (teachers: number[], available: boolean[]): tf.Scalar =>
        electedDistillation(Object.values(features), [available], tf.tensor1d(teachers));
      assertClose(run([1, 0, 1, 0], [true, true, true, false]), [1 + 5 + 5 + 4], 1e-6);
      assertClose(run([0, 0, 0, 1], [true, true, true, false]), [0], 0);
      const { gradients } = valueAndGradients(
        () => run([1, 0, 0, 0], [true, true, false, true]),
        features,
      );
      assertClose(gradients[0], [0, 0], 0);
      assertClose(gradients[1], [0.5, 0.5], 1e-6);
      assert.equal(gradients[2], undefined);
      assertClose(gradients[3], [0.5, 0.5], 1e-6);
    }),
  );
});

test('the teachers are the best for each region, the first of equals', () => {
  const scores = [
    [0.2, 0.9, 0.3],
    [0.2, 0.1, 0.3],
    [0.7, 0.9, 0.3],
    [0.1, 0.1, 0.1],
  ];
  assert.deepEqual(electTeachers(scores), [true, false, true, false]);
});
