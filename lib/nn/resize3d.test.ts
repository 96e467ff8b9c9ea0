import { test } from 'node:test';
import { assertClose, assertGradients, assertNoLeak, patterned } from '../checks/fixtures/tensors';
import { enlarge, type Interpolation } from './resize3d';
import { tf } from './tf';

/** [0, 3, 9] along W. */
const row = (): tf.Tensor5D => tf.tensor5d([0, 3, 9], [1, 1, 1, 3, 1]);

test('enlarging a row by each rule, by hand', () => {
  const expected: [Interpolation, number, number[]][] = [
    ['corners', 2, [0, 1.2, 2.4, 4.2, 6.6, 9]],
    ['corners', 4, [0, 6, 12, 18, 24, 30, 39, 51, 63, 75, 87, 99].map((v) => v / 11)],
    ['half-pixel', 2, [0, 0.75, 2.25, 4.5, 7.5, 9]],
    ['legacy', 2, [0, 1.5, 3, 6, 9, 9]],
    ['nearest', 2, [0, 0, 3, 3, 9, 9]],
  ];
  for (const [how, factor, values] of expected) {
    assertNoLeak(() =>
      tf.tidy(() => {
        const y = enlarge(row(), factor, how);
        // D and H have one place, which is repeated.
        assertClose(tf.slice(y, [0, 0, 0, 0, 0], [1, 1, 1, -1, 1]), values, 1e-5);
        assertClose(tf.slice(y, [0, factor - 1, 0, 0, 0], [1, 1, 1, -1, 1]), values, 1e-5);
      }),
    );
  }
});

for (const how of ['corners', 'half-pixel', 'legacy', 'nearest'] as const) {
  test(`the gradient of enlarging, ${how}`, () => {
    assertGradients(
      ({ x }) => enlarge(x as tf.Tensor5D, 2, how),
      () => ({ x: patterned([2, 2, 3, 2, 2], (k) => Math.sin(0.37 * k)) }),
    );
  });
}
