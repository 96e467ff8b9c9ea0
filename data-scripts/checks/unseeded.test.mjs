import assert from 'node:assert/strict';
import test from 'node:test';
import { Linter } from 'eslint';
import { UNSEEDED } from '../../.eslint.config.mjs';

test('eslint refuses sources of randomness that the seed does not control', () => {
  const lines = [
    'const a = Math.random();',
    'const b = tf.randomNormal([2]);',
    'const stream = randomStream(Date.now(), "seed");',
    'import { randomUUID } from "node:crypto";',
    'const options = { seed: performance.now() };',
    '// Math.random() is not used.',
    'const started = performance.now();',
    'const own = randomStream(seed, "crops");',
  ];
  const found = new Linter().verify(lines.join('\n'), {
    rules: { 'no-restricted-syntax': ['error', ...UNSEEDED] },
  });
  assert.deepEqual([...new Set(found.map(({ line }) => line))], [1, 2, 3, 4, 5]);
});
