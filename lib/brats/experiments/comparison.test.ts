import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { syntheticCases } from '../../checks/robustness/synthetic-data';
import { buildConfig, trainingSettings } from '../../config';
import type { DataFacts } from '../../datasets/provenance';
import { cellName, cellOf, cellsOf } from '../../experiment/cells';
import type { Kind } from '../../experiment/experiment';
import { runExperiment, type ExperimentEvent } from '../../experiment/run';
import { cellFolder, finishedRun, runFile } from '../../experiment/store';
import { cellText } from '../../report/tables';
import { findDataSet } from '../data-set';
import { checkpointFile, logFile, readLog } from '../folder';
import { hashDataSet } from '../hash-data-set';
import { brats, type BratsRunLocation } from '../problem';
import type { BratsRun } from '../run-record';
import { meanDice } from '../scores';
import { comparison, subsetTable } from '.';

const config = buildConfig('smoke', {
  brats: {
    width: 1 / 32,
    stageOne: { until: 2, metaEvery: 1 },
    stageTwo: { until: 3, metaEvery: 1 },
    seeds: 2,
  },
});

type Event = ExperimentEvent<Kind>;

test('the arms differ only in their named settings', () => {
  const cells = cellsOf(comparison(config));
  const [all, random, mckd] = cells.map((cell) => cell.config);
  const settings = trainingSettings(config.brats);
  assert.deepEqual(mckd, settings);
  assert.deepEqual(random, { ...settings, distillationWeight: 0 });
  assert.deepEqual(all, { ...settings, distillationWeight: 0, scans: 'all' });
  assert.deepEqual(
    cells.map(({ arm, seed }) => `${arm} ${seed}`),
    [0, 1].flatMap((seed) => ['allScans', 'randomSubsets', 'mckd'].map((arm) => `${arm} ${seed}`)),
  );
});

test('an unknown arm, and a change of an unknown setting, are one sentence', () => {
  const experiment = comparison(config);
  assert.throws(
    () => cellOf(experiment, 'mckdd', 0),
    /arm is "mckdd"; choose one of allScans, randomSubsets, mckd/,
  );
  const arms = [{ key: 'slip', title: 'slip', changes: { distanse: 'L1' } as object }];
  assert.throws(
    () => cellOf({ ...experiment, arms }, 'slip', 0),
    /brats\.distanse .*is unknown; known keys here: model, width/,
  );
});

test('trainings run in parallel, are scored on every subset, and are not done twice', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const experiment = comparison(config);
  const place: BratsRunLocation = { directory: join(root, 'runs'), data };
  const cells = [
    { arm: 'mckd', seed: 0 },
    { arm: 'randomSubsets', seed: 0 },
  ];
  const collect = async (): Promise<Event[]> => {
    const events: Event[] = [];
    for await (const event of runExperiment(experiment, place, { cells, processes: 2 }))
      events.push(event);
    return events;
  };
  const events = await collect();
  const [plan] = events as Extract<Event, { kind: 'plan' }>[];
  assert.deepEqual([plan.kind, plan.total, plan.done], ['plan', 2, 0]);
  assert.match(plan.line, /^2 trainings: 2 processes x \d+ threads?, [\d.]+ GiB each of /);
  assert.equal(events.filter(({ kind }) => kind === 'progress').length, 2 * 4);

  const runs = cells.map(({ arm, seed }) =>
    finishedRun(brats, cellOf(experiment, arm, seed), place),
  );
  const [mckd, random] = runs;
  assert.deepEqual([mckd.arm, random.arm], ['mckd', 'randomSubsets']);
  for (const run of runs) {
    const scores = Object.values(run.test);
    assert.ok(scores.length > 0);
    for (const subsets of scores) {
      assert.equal(subsets.length, 15);
      assert.ok(subsets.flat().every((dice) => dice >= 0 && dice <= 1));
    }
    assert.equal(run.curves.losses.dice.length, 1);
  }
  assert.equal(mckd.weights.length, 4);
  assert.equal(random.weights.length, 0);
  assert.ok(mckd.curves.losses.distillation[0] > 0 && random.curves.losses.distillation[0] === 0);

  const cell = cellOf(experiment, 'mckd', 0);
  const file = runFile(cellFolder(brats, cell, place));
  const before = statSync(file).mtimeMs;
  assert.deepEqual(
    (await collect()).map(({ kind }) => kind),
    ['plan'],
  );
  assert.equal(statSync(file).mtimeMs, before);

  writeMadeCase(join(root, 'data'), 'a', { seed: 9 });
  const changed = { ...data, sha256: await hashDataSet(findDataSet(data.folder)) };
  assert.throws(
    () => finishedRun(brats, cell, { ...place, data: changed }),
    new RegExp(`run\\.json \\(${cellName(cell)}\\) cannot be read.*delete it and run again`),
  );
});

test('stopped trainings keep a checkpoint of their last step, and end as uninterrupted ones', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const small = comparison(buildConfig('smoke', { brats: { width: 1 / 32 } }));
  const cells = [{ arm: 'mckd', seed: 0 }];
  const place = (name: string): BratsRunLocation => ({ directory: join(root, name), data });
  const own = (name: string): string => cellFolder(brats, cellOf(small, 'mckd', 0), place(name));
  const run = async (name: string, stopAt = Infinity): Promise<void> => {
    const stopping = new AbortController();
    const options = { cells, processes: 1, signal: stopping.signal };
    for await (const event of runExperiment(small, place(name), options)) {
      if (event.kind === 'progress' && event.steps.done >= stopAt) stopping.abort();
    }
  };
  await run('whole');
  await run('stopped', 2);
  assert.deepEqual(readdirSync(own('stopped')).sort(), [
    'checkpoint-previous.safetensors',
    'checkpoint.safetensors',
    'log.jsonl',
    'manifest.json',
    'seconds.jsonl',
  ]);
  assert.ok([2, 3, 4, 5, 6, 7, 8].includes(readLog(own('stopped')).length));
  await run('stopped');
  for (const file of [checkpointFile, logFile]) {
    assert.deepEqual(readFileSync(file(own('stopped'))), readFileSync(file(own('whole'))));
  }
});

test('the table: means over seeds, paired differences, the average row, and no comparison with published numbers', () => {
  const scores = (dice: number): BratsRun['test'] => ({
    x: Array.from({ length: 15 }, (_, s) => [dice, dice + s / 100, 0.5]),
    y: Array.from({ length: 15 }, (_, s) => [dice, dice + s / 100, 0.7]),
  });
  const run = (arm: string, seed: number, dice: number): BratsRun => ({
    arm,
    seed,
    test: scores(dice),
    metaValidation: scores(dice / 2),
    curves: { stride: 25, losses: {} },
    weights: [],
    seconds: { training: 600, evaluation: 1 },
  });
  const runs = [0, 1].flatMap((seed) => [
    run('allScans', seed, 0.2),
    run('randomSubsets', seed, 0.3 + seed / 10),
    run('mckd', seed, 0.35 + (3 * seed) / 20),
  ]);
  assert.equal(meanDice(runs[2], 'ET', { subsets: [3] }).toFixed(6), '35.000000');
  assert.equal(meanDice(runs[2], 'WT').toFixed(6), '42.000000');
  const made = ({ provenance, protocol }: DataFacts) => ({
    data: { description: 'made up', sha256: '0', provenance, protocol },
  });
  const facts = made({ provenance: 'phantom', protocol: 'phantoms' });
  const table = subsetTable(runs, facts);
  assert.equal(table.rows.length, 16);
  const [first, last] = [table.rows[0], table.rows[15]] as Record<string, { mean: number }>[];
  assert.equal(first.subset, 'FLAIR');
  assert.equal(last.subset, 'average');
  assert.equal(first['ET mckd'].mean.toFixed(6), '42.500000');
  assert.equal(last['TC mckd'].mean.toFixed(6), '60.000000');
  // Differences of 5 and 10 points: 7.5 ± t(.975, 1) * 5 / sqrt(2) / sqrt(2).
  const key = 'ET difference';
  const column = table.columns.find((one) => one.key === key)!;
  assert.equal(cellText(table.rows[0][key], column), '+7.5 [−24.3, +39.3]');
  assert.match(table.caption, /2 seeds.*synthetic cases.*not comparable with published/);
  const held = subsetTable(runs, { ...facts, set: 'metaValidation' });
  assert.equal((held.rows[0]['ET mckd'] as { mean: number }).mean.toFixed(6), '21.250000');
  const real = made({ provenance: 'real', protocol: 'brats-authors-five' });
  assert.match(subsetTable(runs, real).caption, /a local test set beside the authors' five/);
  assert.doesNotMatch(subsetTable(runs, real).caption, /made-up/);

  for (const [scored, why] of [
    [{}, /test Dice of mckd, seed 1, ET, FLAIR, is NaN: no case was scored/],
    [{ z: scores(NaN).x }, /test Dice of mckd, seed 1, ET, FLAIR, is NaN: a score of a case/],
  ] as const) {
    const broken = runs.map((one) =>
      one.arm === 'mckd' && one.seed === 1 ? { ...one, test: scored } : one,
    );
    assert.throws(() => subsetTable(broken, facts), why);
  }
});
