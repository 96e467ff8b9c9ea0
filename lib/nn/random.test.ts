import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { dropout, normalNumbers, seedsOf } from './random';
import { tf } from './tf';

test('dropout keeps the mean, drops the stated share, repeats with the stream, and leaks nothing', () => {
  assertNoLeak(() => {
    const ones = tf.ones([20_000]);
    const drop = (name: string): Float32Array =>
      tf.tidy(() => dropout(ones, 0.25, seedsOf(randomStream(0, name))).dataSync<'float32'>());
    const values = drop('a');
    const kept = values.filter((v) => v > 0).length / values.length;
    assert.ok(Math.abs(kept - 0.75) < 5 * Math.sqrt((0.25 * 0.75) / values.length));
    assert.ok(values.every((v) => v === 0 || Math.abs(v - 1 / 0.75) < 1e-6));
    assert.deepEqual(drop('a'), values);
    assert.notDeepEqual(drop('b'), values);
    ones.dispose();
  });
});

test('normal numbers have mean 0 and variance 1, repeat with the seed, and leak nothing', () => {
  assertNoLeak(() => {
    const count = 20_000;
    const drawn = (name: string): Float32Array =>
      tf.tidy(() => {
        const seed = seedsOf(randomStream(0, name))();
        return normalNumbers([count], seed).dataSync<'float32'>();
      });
    const values = drawn('a');
    const mean = values.reduce((sum, v) => sum + v, 0) / count;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
    // Five standard errors of each.
    assert.ok(Math.abs(mean) < 5 / Math.sqrt(count));
    assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / count));
    const beyond = values.filter((v) => Math.abs(v) > 2).length / count;
    assert.ok(Math.abs(beyond - 0.0455) < 5 * Math.sqrt(0.0455 / count));
    assert.deepEqual(drawn('a'), values);
    assert.notDeepEqual(drawn('b'), values);
  });
});
