import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from './config';
import { tf } from './nn/tf';
import { toyData, trainToy } from './toy';
import { toyTable } from './toy-figures';

const { importance } = buildConfig('quick').avMnist;

test('the toy learns, gives the sharp view the larger weight, repeats exactly, and leaks no tensor', () => {
  const [train, heldOut, held] = [toyData(200, 1), toyData(100, 2), toyData(400, 3)];
  const before = tf.memory().numTensors;
  const options = { distillationWeight: 0.1, importance, steps: 120 };
  const run = trainToy(train, heldOut, held, options);
  assert.equal(tf.memory().numTensors, before);
  assert.ok(run.accuracy.onlyA > 80, `A alone: ${run.accuracy.onlyA}`);
  assert.ok(run.accuracy.onlyB > 40, `B alone: ${run.accuracy.onlyB}`);
  assert.ok(run.accuracy.onlyA > run.accuracy.onlyB);
  const [wA, wB] = run.weights[119];
  assert.ok(wA > wB, `weights ${wA} and ${wB}`);
  assert.deepEqual(trainToy(train, heldOut, held, options), run);
  const { caption } = toyTable([{ distillationWeight: 0, runs: [run] }]);
  assert.ok(caption.includes(`1 seed, ${train.classes.length} training points`));
});
