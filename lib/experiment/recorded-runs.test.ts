import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { buildConfig, type Config } from '../config';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { findKitRoot } from '../report/notebook';
import { readRecordedRuns, recordRuns, writeRuns, type RecordOptions } from './recorded-runs';

const OF = {
  run: z.strictObject({ run: z.int() }),
  data: z.strictObject({ sha256: z.string() }),
  command: 'made up',
};

test('runs of another preset, other settings or other data replace what is recorded only where that is asked', (t) => {
  const root = temporaryFolder(t);
  const [results, folder] = [join(root, 'results'), join(root, 'recorded')];
  const record = (
    config: Config,
    sha256: string,
    run: number,
    options?: RecordOptions,
  ): unknown => {
    writeRuns(results, {
      command: 'made up',
      config,
      runs: [{ run }],
      data: { sha256 },
      seconds: 60,
      root: findKitRoot(__dirname),
    });
    return recordRuns(results, folder, OF, options);
  };
  const config = buildConfig('smoke');
  record(config, 'a', 1);
  record(config, 'a', 2);
  const files = ['runs.jsonl', 'manifest.json'].map((name) => join(folder, name));
  const before = files.map((file) => readFileSync(file, 'utf8'));
  const slower = buildConfig('smoke', { brats: { learningRate: 0.001 } });
  assert.throws(
    () => record(buildConfig('quick'), 'a', 3),
    /preset smoke and quick.*nothing is written; .*--replace/,
  );
  assert.throws(() => record(slower, 'a', 3), /recorded and now: settings/);
  assert.throws(() => record(config, 'b', 3), /recorded and now: data/);
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8')),
    before,
  );
  assert.deepEqual(readRecordedRuns(folder, OF).runs, [{ run: 2 }]);
  const strict = { ...OF, run: z.strictObject({ run: z.int().max(1) }) };
  assert.throws(() => readRecordedRuns(folder, strict), /runs\.jsonl.*line 1: run is 2 /);
  record(slower, 'b', 3, { replace: true });
  const { manifest, runs } = readRecordedRuns(folder, OF);
  assert.deepEqual([manifest.config, manifest.data, runs], [slower, { sha256: 'b' }, [{ run: 3 }]]);
  rmSync(join(results, 'runs.jsonl'));
  assert.throws(() => recordRuns(results, folder, OF), /runs\.jsonl is missing; make it: made up/);
  rmSync(files[1]);
  assert.throws(
    () => readRecordedRuns(folder, { ...OF, command: 'another' }),
    /is missing; make it: another/,
  );
});
