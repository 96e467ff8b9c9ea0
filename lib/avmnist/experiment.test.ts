import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { avTasks, finishedRuns, runAvExperiment, runKey } from './experiment';
import { newRun } from './run';

const config = buildConfig('smoke', { avMnist: { scarce: ['speech'] } });
const tasks = avTasks(config).filter((task) => task.method === 'lowerBound');

test('a run is named by what it depends on and by nothing else', () => {
  const [task] = tasks;
  const key = runKey(config.avMnist, task, 'data');
  const more = buildConfig('smoke', { avMnist: { seeds: 5, rates: [0.1, 0.2] } }).avMnist;
  assert.equal(runKey(more, task, 'data'), key);
  assert.notEqual(runKey({ ...config.avMnist, batchSize: 16 }, task, 'data'), key);
  assert.notEqual(runKey(config.avMnist, { ...task, seed: 9 }, 'data'), key);
  assert.notEqual(runKey(config.avMnist, task, 'other data'), key);
});

test('a finished run is taken up, a missing one is named, a broken one too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mckd-runs-'));
  const options = { directory, dataHash: 'data', tasks };
  assert.throws(
    () => finishedRuns(config, options),
    /lowerBound, speech at 10 %, seed 0\) cannot be read/,
  );
  const file = join(directory, `${runKey(config.avMnist, tasks[0], 'data')}.json`);
  writeFileSync(file, '{"seed":0');
  assert.throws(() => finishedRuns(config, options), new RegExp('delete it and run again'));
  writeFileSync(file, '{"seed":0}');
  assert.throws(() => finishedRuns(config, options), /: method is absent .*; delete it and run/);
  writeFileSync(file, JSON.stringify(newRun(tasks[0])));
  const events = [];
  for await (const event of runAvExperiment(config, options)) events.push(event);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['plan'],
  );
  assert.deepEqual(finishedRuns(config, options), [newRun(tasks[0])]);
  rmSync(directory, { recursive: true });
});

test('a run that fails in its process ends the experiment with its name and the cause', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mckd-runs-'));
  const options = { directory, dataHash: 'data', tasks, dataDirectory: join(directory, 'nowhere') };
  await assert.rejects(async () => {
    for await (const event of runAvExperiment(config, options)) assert.equal(event.kind, 'plan');
  }, /run lowerBound, speech at 10 %, seed 0 failed: .*nowhere/);
  assert.deepEqual(readdirSync(directory), []);
  rmSync(directory, { recursive: true });
});
