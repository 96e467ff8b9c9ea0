/** Parity in double precision, some three times slower than in float32. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disposeAll } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { compareCase, compareTrajectory, judge } from './compare';
import { filledParameters } from './filling';
import { inFloat64 } from './float64';
import { measureCase, measureTrajectory } from './measure';
import { readReference, type ReferenceCase } from './reference';

const reference = readReference();
/** Case b: two scans available, two missing. */
const B = 1;

function measured(expected: ReferenceCase): ReferenceCase {
  const parameters = filledParameters();
  try {
    return measureCase(parameters, expected);
  } finally {
    disposeAll(parameters);
  }
}

test("in double precision, losses, logits and all 218 gradients are the authors'", async () => {
  const before = tf.memory().numTensors;
  const ours = await inFloat64(() => measured(reference.float64[B]));
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  const comparisons = compareCase(ours, reference.float64[B], reference.float32[B], 'float64');
  assert.deepEqual(judge(comparisons).off, []);
  const norms = comparisons.filter(({ kind }) => kind === 'gradient norm');
  assert.equal(norms.length, 218);
  assert.ok(norms.every(({ error }) => error < 1e-6));
});

test("in double precision the first step and meta step are the authors', and a file of another meta step is detected", async () => {
  const [double, single] = [reference.trajectory!.float64, reference.trajectory!.float32];
  const first = { ...double, steps: double.steps.slice(0, 1) };
  const ours = await inFloat64(() => measureTrajectory(first));
  const off = (expected: typeof first): string[] =>
    judge(compareTrajectory(ours, expected, single, 'float64')).off.map(({ quantity }) => quantity);
  assert.deepEqual(off(first), []);
  const [step] = first.steps;
  const importance_logits = step.importance_logits!.map((w, m) => (m === 0 ? w + 0.02 : w));
  assert.deepEqual(off({ ...first, steps: [{ ...step, importance_logits }] }), [
    'step 0, importance',
  ]);
});
