import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { syntheticCases } from '../checks/robustness/synthetic-data';
import { lockFile } from '../base/lock';
import { secondsFile, trainingSeconds } from './step-seconds';
import { cellOf } from '../experiment/cells';
import { cellFolder, runFile } from '../experiment/store';
import { trainCell } from '../experiment/train-cell';
import { comparison } from './experiments';
import { tf } from '../nn/tf';
import { trainInFolder } from './folder';
import { scoredFile } from './folder-files';
import { brats } from './problem';
import { scoreTraining } from './score-training';

const config = buildConfig('smoke', {
  brats: {
    width: 1 / 32,
    stageOne: { until: 2, metaEvery: 1 },
    stageTwo: { until: 2, metaEvery: 1 },
  },
});

test('a process that waits for a folder with a running training finds the finished run, and scores nothing', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const cell = cellOf(comparison(config), 'randomSubsets', 0);
  const place = { directory: join(root, 'runs'), data };
  const own = cellFolder(brats, cell, place);
  type Event = { kind: string };
  const events = async (onEvent?: () => void): Promise<Event[]> => {
    const all: Event[] = [];
    for await (const event of trainCell(brats, cell, place, { lockWaitMs: 60_000 })) {
      all.push(event);
      onEvent?.();
    }
    return all;
  };
  let second: Promise<Event[]> | undefined;
  const first = await events(() => {
    second ??= events();
    assert.ok(existsSync(runFile(own)) || existsSync(lockFile(own)), 'the lock is held throughout');
  });
  assert.deepEqual([...new Set(first.map(({ kind }) => kind))], ['step', 'evaluation', 'run']);
  assert.deepEqual(await second, first.slice(-1));
  const { seconds, peakMiB } = JSON.parse(readFileSync(runFile(own), 'utf8')) as {
    seconds: { training: number };
    peakMiB: number;
  };
  // Node and TensorFlow alone take over 100, and this process never held more than its peak.
  assert.ok(peakMiB > 100 && peakMiB <= process.resourceUsage().maxRSS / 1024 + 1, `${peakMiB}`);
  assert.equal(seconds.training, trainingSeconds(own, 3));
  assert.equal(readFileSync(secondsFile(own), 'utf8').split('\n').length, 4);
});

test('stopped within a case, scoring resumes after the cases that were scored, with the same scores', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  const folder = join(root, 'run');
  const training = { directory: folder, config: config.brats, seed: 0, data, workers: 1 };
  for await (const _ of trainInFolder(training)) void _;
  const total = data.splits.test.length + data.splits.metaValidation.length;
  assert.ok(total > 1);
  const scoredBy = async (signal?: AbortSignal, onEvent?: () => void) => {
    const done: number[] = [];
    const events = scoreTraining(folder, data, config.brats, signal);
    for (;;) {
      const { value, done: over } = await events.next();
      if (over) return { done, scores: value };
      done.push(value.done);
      onEvent?.();
    }
  };
  const stop = new AbortController();
  const tensors = tf.memory().numTensors;
  // The timer is due while the second case is scored, tile by tile.
  const first = await scoredBy(stop.signal, () => void setImmediate(() => stop.abort()));
  assert.deepEqual(first, { done: [1], scores: undefined });
  const resumed = await scoredBy();
  assert.deepEqual(
    resumed.done,
    Array.from({ length: total - 1 }, (_, i) => i + 2),
  );
  rmSync(scoredFile(folder));
  const whole = await scoredBy();
  assert.equal(whole.done.length, total);
  const timeless = (scores: typeof whole.scores): object => ({ ...scores, seconds: 0 });
  assert.deepEqual(timeless(resumed.scores), timeless(whole.scores));
  // A partial line, as a kill leaves it, and a line of another checkpoint.
  const lines = readFileSync(scoredFile(folder), 'utf8');
  writeFileSync(scoredFile(folder), lines.slice(0, -5));
  assert.deepEqual((await scoredBy()).done, [total]);
  writeFileSync(scoredFile(folder), lines.replace(/^.*\n/, '{"checkpointSha256":"0"}\n'));
  assert.equal((await scoredBy()).done.length, total);
  assert.equal(tf.memory().numTensors, tensors, 'tensors leaked');
});
