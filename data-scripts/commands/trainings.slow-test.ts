import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longTrainings, MOST_STEPS, stepsIn } from './stop-trainings';

// It differs from `mckd compare` in its trainings, not in how they resume.
test('mckd ablate: Ctrl-C leaves a checkpoint of each training', async (t) => {
  const { out, stopped } = longTrainings(t, 'ablate');
  assert.match(await stopped(2), /stopped; the same command resumes/);
  assert.ok(stepsIn(out).every((steps) => steps > 2 && steps < MOST_STEPS));
});
