import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { buildConfig, type Config } from './config';
import { temporaryFolder } from './data/prepared/testing';
import { findKitRoot } from './notebook';
import { readRecordedRuns, recordRuns } from './recorded-runs';

test('runs of another preset, other settings or other data do not replace what is recorded', (t) => {
  const folder = join(temporaryFolder(t), 'recorded');
  const record = (config: Config, sha256: string, run: number): unknown =>
    recordRuns(folder, {
      command: 'made up',
      config,
      runs: [{ run }],
      data: { sha256 },
      seconds: 60,
      root: findKitRoot(__dirname),
    });
  const config = buildConfig('smoke');
  record(config, 'a', 1);
  record(config, 'a', 2);
  const files = ['runs.jsonl', 'manifest.json'].map((name) => join(folder, name));
  const before = files.map((file) => readFileSync(file, 'utf8'));
  const slower = buildConfig('smoke', { brats: { learningRate: 0.001 } });
  assert.throws(
    () => record(buildConfig('quick'), 'a', 3),
    /preset smoke and quick.*nothing is wr/,
  );
  assert.throws(() => record(slower, 'a', 3), /recorded and now: settings/);
  assert.throws(() => record(config, 'b', 3), /recorded and now: data/);
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8')),
    before,
  );
  const options = {
    run: z.strictObject({ run: z.int() }),
    data: z.strictObject({ sha256: z.string() }),
    command: 'made up',
  };
  assert.deepEqual(readRecordedRuns(folder, options).runs, [{ run: 2 }]);
  const strict = { ...options, run: z.strictObject({ run: z.int().max(1) }) };
  assert.throws(() => readRecordedRuns(folder, strict), /runs\.jsonl.*line 1: run is 2 /);
  rmSync(files[0]);
  assert.throws(
    () => readRecordedRuns(folder, { ...options, command: 'another' }),
    /is missing.*make it: made up/,
  );
});
