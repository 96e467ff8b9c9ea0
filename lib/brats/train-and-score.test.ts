import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
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
import { brats } from './problem';

test('a process that waits for a folder with a running training finds the finished run, and scores nothing', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const config = buildConfig('smoke', {
    brats: {
      width: 1 / 32,
      stageOne: { until: 2, metaEvery: 1 },
      stageTwo: { until: 2, metaEvery: 1 },
    },
  });
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
  const { seconds } = JSON.parse(readFileSync(runFile(own), 'utf8')) as {
    seconds: { training: number };
  };
  assert.equal(seconds.training, trainingSeconds(own, 3));
  assert.equal(readFileSync(secondsFile(own), 'utf8').split('\n').length, 4);
});
