import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NUMERICS } from '../base/numerics';
import { shippedFile } from '../base/shipped-file';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { buildConfig } from '../config';
import { cellsOf } from '../experiment/cells';
import { restoreRuns } from '../experiment/restore';
import { runExperiment } from '../experiment/run';
import { cellFolder, finishedRun, finishedRuns, runFile, runSchema } from '../experiment/store';
import { audiovision } from './experiments';
import { avMnist, type AvPlace } from './problem';
import { noScores } from './run';

const experiment = audiovision(buildConfig('smoke', { avMnist: { scarce: ['speech'] } }));
const [cell] = cellsOf(experiment).filter(({ arm }) => arm === 'lowerBound/speech');

const placeIn = (directory: string, dataDirectory?: string): AvPlace => ({
  directory,
  data: {
    ...{ description: 'made up', sha256: 'data', dataDirectory },
    ...{ provenance: 'synthetic', protocol: 'av-mnist-synthetic-speech' },
  },
});

test('a training is named only by what it depends on', () => {
  const folder = (of = cell, place = placeIn('runs')): string => cellFolder(avMnist, of, place);
  const more = buildConfig('smoke', {
    avMnist: { scarce: ['speech'], seeds: 5, rates: [0.1, 0.2] },
  });
  const same = cellsOf(audiovision(more)).find(({ arm }) => arm === cell.arm);
  assert.equal(folder(same), folder());
  assert.notEqual(folder({ ...cell, config: { ...cell.config, batchSize: 16 } }), folder());
  assert.notEqual(folder({ ...cell, seed: 9 }), folder());
  const other = placeIn('runs');
  other.data.sha256 = 'other data';
  assert.notEqual(folder(cell, other), folder());
});

test('a finished run is reused, a missing one is named, a broken one too', async (t) => {
  const place = placeIn(temporaryFolder(t));
  const read = () => finishedRun(avMnist, cell, place);
  assert.throws(read, /lowerBound, speech at 10 %, seed 0\) cannot be read/);
  const file = runFile(cellFolder(avMnist, cell, place));
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '{"seed":0');
  assert.throws(read, /delete it and run again/);
  writeFileSync(file, '{"seed":0}');
  assert.throws(read, /: arm is absent .*; delete it and run/);
  const run = { arm: cell.arm, seed: 0, ...noScores(), seconds: { training: 0 } };
  writeFileSync(file, JSON.stringify(run));
  const events = [];
  const cells = [{ arm: cell.arm, seed: 0 }];
  for await (const event of runExperiment(experiment, place, { cells })) events.push(event.kind);
  assert.deepEqual(events, ['plan']);
  assert.deepEqual(read(), run);
});

test('a run that fails in its process ends the experiment with its name and the cause', async (t) => {
  const directory = temporaryFolder(t);
  const place = placeIn(directory, join(directory, 'nowhere'));
  const cells = [{ arm: cell.arm, seed: 0 }];
  await assert.rejects(async () => {
    for await (const event of runExperiment(experiment, place, { cells }))
      assert.equal(event.kind, 'plan');
  }, /run lowerBound, speech at 10 %, seed 0 failed: .*nowhere/);
  for (const own of readdirSync(directory)) assert.deepEqual(readdirSync(join(directory, own)), []);
});

test('a run of an older version, without an arm, is read as one of its cell', () => {
  const [line] = readFileSync(
    shippedFile('recorded', 'av-mnist-paper', 'runs.jsonl'),
    'utf8',
  ).split('\n');
  const before = JSON.parse(line) as Record<string, unknown>;
  assert.equal(before.arm, undefined);
  const { arm, seconds } = runSchema(avMnist).parse(before);
  assert.deepEqual([arm, seconds], ['upperBound', { training: before.seconds }]);
});

test('recorded runs become finished trainings where a training now would be the same', async (t) => {
  const place = placeIn(temporaryFolder(t));
  const runs = cellsOf(experiment).map(({ arm, seed }, i) => ({
    ...{ arm, seed, ...noScores(), seconds: { training: i + 1 } },
    code: { version: '0', commit: null, modified: false, numerics: NUMERICS.avMnist },
  }));
  const { data } = place;
  const restore = (change: object = {}) =>
    restoreRuns(experiment, place, { experiment, runs, data, ...change });
  const why = async (change: object): Promise<string[]> => {
    const { restored, there, left } = await restore(change);
    assert.equal(restored + there + left.length, runs.length);
    return [...new Set(left.map((one) => one.why))];
  };
  assert.deepEqual(await why({ data: { sha256: 'other' } }), ['other data']);
  const older = runs.map((run) => ({ ...run, code: { ...run.code, numerics: 0 } }));
  assert.deepEqual(await why({ runs: older }), ['other code']);
  const longer = audiovision(buildConfig('smoke', { avMnist: { scarce: ['speech'], epochs: 9 } }));
  assert.deepEqual(await why({ experiment: longer }), ['other settings']);
  const unknown = runs.map((run) => ({ ...run, seed: 77 }));
  assert.deepEqual(await why({ runs: unknown }), ['not in the experiment']);
  assert.deepEqual(readdirSync(place.directory), []);

  const [first, ...rest] = runs;
  assert.deepEqual(await restore({ runs: [first] }), { restored: 1, there: 0, left: [] });
  const changed = [{ ...first, seconds: { training: 99 } }, ...rest];
  const all = await restore({ runs: changed });
  assert.deepEqual(all, { restored: rest.length, there: 1, left: [] });
  assert.deepEqual(finishedRuns(experiment, place), runs, 'a finished training was replaced');
  const events = [];
  for await (const event of runExperiment(experiment, place)) events.push(event);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['plan'],
    'it trained what was restored',
  );
});
