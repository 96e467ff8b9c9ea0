import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { KIT_ROOT } from '../base/shipped-file';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { buildConfig, type Config } from '../config';
import type { Kind, Problem } from './experiment';
import {
  readRecordedTable,
  readRuns,
  recordRuns,
  recordTable,
  writeRecordedTable,
  writeRuns,
  type RecordOptions,
} from './record';

interface Made extends Kind {
  scores: { value: number };
}

const problem = (most: number) =>
  ({
    name: 'brats',
    scores: z.strictObject({ value: z.int().max(most) }),
  }) as unknown as Problem<Made>;

const how = (config: Config, sha256: string) => ({
  command: 'made up',
  config,
  data: { description: 'made up', sha256, provenance: 'phantom', protocol: 'phantoms' } as const,
  root: KIT_ROOT,
});

const run = (value: number) => ({ arm: 'a', seed: 0, seconds: { training: 60 }, value });

test('runs of another preset, other settings or other data replace what is recorded only with --replace', (t) => {
  const root = temporaryFolder(t);
  const [results, folder] = [join(root, 'results'), join(root, 'recorded')];
  const record = (config: Config, sha256: string, value: number, options?: RecordOptions) => {
    writeRuns(results, { ...how(config, sha256), runs: [run(value)] });
    return recordRuns(problem(9), results, folder, options);
  };
  const config = buildConfig('smoke');
  record(config, 'a', 1);
  assert.equal(record(config, 'a', 2).coreMinutes, 1);
  const files = ['runs.jsonl', 'manifest.json'].map((name) => join(folder, name));
  const before = files.map((file) => readFileSync(file, 'utf8'));
  const slower = buildConfig('smoke', { brats: { learningRate: 0.001 } });
  assert.throws(
    () => record(buildConfig('quick'), 'a', 3),
    /preset smoke and quick.*nothing is written; .*--replace/,
  );
  assert.throws(() => record(slower, 'a', 3), { code: 'MISMATCH' });
  assert.throws(() => record(config, 'b', 3), { code: 'MISMATCH' });
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8')),
    before,
  );
  assert.deepEqual(readRuns(problem(9), folder).runs, [run(2)]);
  assert.throws(() => readRuns(problem(1), folder), /runs\.jsonl.*line 1: value is 2 /);
  record(slower, 'b', 3, { replace: true });
  const { manifest, runs } = readRuns(problem(9), folder);
  assert.deepEqual([manifest.config, manifest.data.sha256, runs], [slower, 'b', [run(3)]]);
  rmSync(join(results, 'runs.jsonl'));
  assert.throws(
    () => recordRuns(problem(9), results, folder),
    /runs\.jsonl is missing; make it: made up/,
  );
  rmSync(files[1]);
  assert.throws(() => readRuns(problem(9), folder, 'another'), /is missing; make it: another/);
});

test('a table of trials is kept with how it was made, under the same guard', (t) => {
  const root = temporaryFolder(t);
  const [from, file] = [join(root, 'table.json'), join(root, 'kept.json')];
  const table = {
    ...{ name: 't', title: 'T', caption: '' },
    columns: [{ key: 'a', title: 'A', digits: 1 }],
    rows: [{ a: 1 }, { a: { mean: 1, sd: 0.5, n: 2 } }],
  };
  const config = buildConfig('smoke');
  writeRecordedTable(from, table, how(config, 'a'));
  assert.deepEqual(recordTable(from, file, 'made up'), table);
  assert.deepEqual(readRecordedTable(file, 'made up').table, table);
  writeRecordedTable(from, table, how(config, 'b'));
  assert.throws(() => recordTable(from, file, 'made up'), { code: 'MISMATCH' });
  writeFileSync(from, JSON.stringify({ table }));
  assert.throws(() => recordTable(from, file, 'made up'), { code: 'MISMATCH' });
  writeFileSync(from, JSON.stringify({ table: { ...table, rows: 1 } }));
  assert.throws(() => readRecordedTable(from, 'made up'), /table\.rows is 1 .*make it: made up/);
});
