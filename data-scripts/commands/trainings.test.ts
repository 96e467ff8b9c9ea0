import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { longTrainings, MOST_STEPS, stepsIn } from './stop-trainings';

test('mckd compare: Ctrl-C leaves a checkpoint of each training, and the same command resumes', async (t) => {
  const { out, stopped } = longTrainings(t, 'compare');
  assert.match(await stopped(2), /stopped; the same command resumes/);
  const made = stepsIn(out);
  assert.ok(made.every((steps) => steps > 2 && steps < MOST_STEPS));
  const again = await stopped(Math.max(...made), '--json');
  assert.match(again, /^\{"stopped":true\}$/m);
  assert.equal(stepsIn(out).length, 2, 'it started others');
  const left = readdirSync(out, { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    left.filter((name) => /part|lock/.test(name)),
    [],
  );
});
