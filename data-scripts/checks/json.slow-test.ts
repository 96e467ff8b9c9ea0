/** --json of commands that train many networks. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tuning } from '@mckd/lib/brats';
import { buildConfig, trainingSettings } from '@mckd/lib/config';
import { fiveCases, objectsOf, ONE_OF_EACH, rowsOf, toldBy } from './json-lines';
import { tuneBrats } from '../commands/experiments';

test('ablate: the table of all its trainings', async (t) => {
  const { root, data, env } = fiveCases(t);
  const settings = { 'brats.width': 0.03125, 'brats.ablations': { ...ONE_OF_EACH, seeds: 1 } };
  const set = Object.entries(settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const out = join(root, 'out');
  const args = ['ablate', '--preset', 'smoke', '--set', ...set, '--data', data, '--out', out];
  const [told, ...more] = await objectsOf(args, env);
  assert.deepEqual(more, []);
  assert.equal(told.results, join(out, 'brats'));
  const [table] = told.tables as { rows: unknown[] }[];
  assert.ok(table.rows.length > 10);
});

test('tune brats: the trials and their table', async (t) => {
  const { root, data, env } = fiveCases(t);
  const config = buildConfig('smoke', { brats: { width: 1 / 32, ...ONE_OF_EACH } });
  const whole = tuning();
  const experiment = { ...whole, base: trainingSettings(config.brats) };
  const out = join(root, 'brats');
  const trials = { experiment, config, on: { data } };
  const judged = await toldBy(() => tuneBrats({ json: true, out }, trials), env);
  assert.deepEqual([judged.folder, rowsOf(judged)], [out, whole.arms.length]);
});
