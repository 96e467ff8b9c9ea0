import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../nn/tf';
import { nodeBackend } from './binding';
import { timeOps } from './time-ops';

test('ops are counted by kind; those that leave the values as they are do not compute', () => {
  const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const { binding } = nodeBackend();
  const { ops, kernels, seconds } = timeOps(() =>
    tf.tidy(() => {
      a.mul(a).mul(a).reshape([4]).add(1).cast('int32');
    }),
  );
  const counts = Object.fromEntries(ops.map(({ op, count }) => [op, count]));
  assert.equal(counts.Mul, 2);
  assert.equal(counts.Reshape, 1);
  const all = ops.reduce((sum, { count }) => sum + count, 0);
  const sameType = (counts.Cast ?? 0) - 1;
  assert.equal(kernels, all - counts.Reshape - sameType);
  assert.ok(ops.reduce((sum, one) => sum + one.seconds, 0) <= seconds);
  assert.deepEqual(
    ops.map((one) => one.seconds),
    ops.map((one) => one.seconds).sort((x, y) => y - x),
  );
  assert.throws(() =>
    timeOps(() => {
      throw new Error('stopped');
    }),
  );
  assert.equal(nodeBackend().binding, binding, 'the binding is back, whatever happens');
  a.dispose();
});
