import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { recordedTrials, settingsTable, settingTrials, summariseTrial } from './settings';
import type { AvRun } from './run';

test('the trials use no seed of the tables and change one setting of the preset at a time', () => {
  const paper = buildConfig('paper').avMnist;
  for (const { changes, config, tasks } of settingTrials()) {
    assert.ok(Object.keys(changes).length <= 1);
    assert.deepEqual(config.avMnist, { ...paper, ...changes });
    assert.ok(tasks.every(({ seed }) => seed >= paper.seeds));
  }
});

test('a trial is judged by the last ten epochs on held-back pairs alone', () => {
  const curve = [...new Array<number>(20).fill(9), ...new Array<number>(10).fill(0.5)];
  const run = {
    curves: { heldBackLoss: curve, heldBackAccuracy: curve },
    seconds: 3,
  } as unknown as AvRun;
  const trial = summariseTrial({}, [run, run]);
  assert.deepEqual(trial.heldBackLoss, { mean: 0.5, sd: 0, n: 2 });
  assert.equal(trial.heldBackAccuracy.mean, 50);
});

test('the committed trials are those of today, the preset first', () => {
  const trials = recordedTrials();
  assert.deepEqual(
    trials.map(({ changes }) => changes),
    settingTrials().map(({ changes }) => changes),
  );
  const table = settingsTable(trials);
  const { setting } = table.rows[0];
  assert.ok(typeof setting === 'string' && setting.startsWith('the preset'));
});
