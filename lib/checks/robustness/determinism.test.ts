import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';
import { runDeterminism, THREAD_TOLERANCE } from './determinism';

test('two processes give equal bytes; another number of threads changes losses by less than the tolerance', async (t) => {
  const summary = await runDeterminism(temporaryFolder(t));
  assert.ok(summary.equalBytes);
  assert.ok(summary.withinTolerance, JSON.stringify([summary, THREAD_TOLERANCE]));
});
