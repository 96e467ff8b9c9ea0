/** --json of commands that train many networks. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fiveCases, objectsOf, ONE_OF_EACH } from './json-lines';

test('ablate: the table of all its trainings', (t) => {
  const { root, data, env } = fiveCases(t);
  const settings = { 'brats.width': 0.03125, 'brats.ablations': { ...ONE_OF_EACH, seeds: 1 } };
  const set = Object.entries(settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const out = join(root, 'out');
  const args = ['ablate', '--preset', 'smoke', '--set', ...set, '--data', data, '--out', out];
  const [told, ...more] = objectsOf(args, env);
  assert.deepEqual(more, []);
  assert.equal(told.results, join(out, 'brats'));
  const [table] = told.tables as { rows: unknown[] }[];
  assert.ok(table.rows.length > 10);
});
