import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';
import { runDeterminism, THREAD_TOLERANCE, unseededSources } from './determinism';
import { shippedFile } from '../../base/shipped-file';

const LIB = shippedFile();

test('the library uses no source of randomness that the seed does not control', () => {
  assert.deepEqual(unseededSources(LIB), []);
});

test('such a source would be detected', (t) => {
  const folder = temporaryFolder(t);
  const lines = [
    'const a = Math.random();',
    'const b = tf.randomNormal([2]);',
    'const stream = randomStream(Date.now(), "seed");',
    'import { randomUUID } from "node:crypto";',
    '// Math.random() is not used.',
    ' * nor Math.random() here',
    'const started = performance.now();',
  ];
  writeFileSync(join(folder, 'a.ts'), lines.join('\n'));
  writeFileSync(join(folder, 'a.test.ts'), lines.join('\n'));
  assert.deepEqual(
    unseededSources(folder).map((found) => found.split(' ')[0]),
    ['a.ts:1:', 'a.ts:2:', 'a.ts:3:', 'a.ts:4:'],
  );
});

test('two processes give equal bytes; another number of threads changes losses by less than the tolerance', async (t) => {
  const summary = await runDeterminism(temporaryFolder(t));
  assert.ok(summary.equalBytes);
  assert.ok(summary.withinTolerance, JSON.stringify([summary, THREAD_TOLERANCE]));
});
