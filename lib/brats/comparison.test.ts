import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { madeCases } from '../checks/robustness/made-data';
import { buildConfig } from '../config';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import {
  bratsTasks,
  finishedComparison,
  runComparison,
  type ComparisonEvent,
  type ComparisonOptions,
} from './comparison';
import { findDataSet } from './data';
import { cellText } from '../report/tables';
import { hashDataSet } from './hash-data-set';
import { subsetDice, subsetTable } from './comparison-table';
import { checkpointFile, logFile, readLog } from './folder';
import { configOfTask, taskFolder } from './task';
import type { BratsRun, BratsTask } from './run-record';

const config = buildConfig('smoke', {
  brats: {
    width: 1 / 32,
    stageOne: { until: 2, metaEvery: 1 },
    stageTwo: { until: 3, metaEvery: 1 },
    seeds: 2,
  },
});

test('the methods differ in what they are about and in nothing else', () => {
  const [all, random, mckd] = bratsTasks(config).map((task) => configOfTask(config, task));
  assert.deepEqual(mckd, config.brats);
  assert.deepEqual(random, { ...config.brats, distillationWeight: 0 });
  assert.deepEqual(all, { ...config.brats, distillationWeight: 0, dropsModalities: false });
  assert.deepEqual(
    bratsTasks(config).map(({ method, seed }) => `${method} ${seed}`),
    [0, 1].flatMap((seed) => ['allScans', 'randomSubsets', 'mckd'].map((m) => `${m} ${seed}`)),
  );
});

test('a method that is none, and a change of what is no setting, are one sentence', () => {
  const task = { method: 'mckdd', seed: 0 };
  assert.throws(() => configOfTask(config, task), /method is "mckdd"; choose one of allScans/);
  const methods = { mckdd: { title: 'slip', changes: { distanse: 'L1' } as object } };
  assert.throws(() => configOfTask(config, task, methods), /brats\.distanse .*is unknown/);
});

test('trainings run in parallel, are scored on every subset, and are not done twice', async (t) => {
  const root = temporaryFolder(t);
  const { folder, data, dataHash } = await madeCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const place = { directory: join(root, 'runs'), data, dataHash, processes: 2 };
  const tasks: BratsTask[] = [
    { method: 'mckd', seed: 0 },
    { method: 'randomSubsets', seed: 0 },
  ];
  const collect = async (): Promise<ComparisonEvent[]> => {
    const events: ComparisonEvent[] = [];
    for await (const event of runComparison(config, { ...place, tasks })) events.push(event);
    return events;
  };
  const events = await collect();
  const [plan] = events as Extract<ComparisonEvent, { kind: 'plan' }>[];
  assert.deepEqual([plan.kind, plan.total, plan.done], ['plan', 2, 0]);
  assert.match(plan.line, /^2 trainings: 2 processes x \d+ threads?, [\d.]+ GiB each of /);
  assert.equal(events.filter(({ kind }) => kind === 'progress').length, 2 * 4);

  const runs = finishedComparison(config, { ...place, tasks });
  const [mckd, random] = runs;
  assert.deepEqual([mckd.method, random.method], ['mckd', 'randomSubsets']);
  for (const run of runs) {
    const scores = Object.values(run.test);
    assert.ok(scores.length > 0);
    for (const subsets of scores) {
      assert.equal(subsets.length, 15);
      assert.ok(subsets.flat().every((dice) => dice >= 0 && dice <= 1));
    }
    assert.equal(run.curves.dice.length, 1);
  }
  assert.equal(mckd.weights.length, 4);
  assert.equal(random.weights.length, 0);
  assert.ok(mckd.curves.distillation[0] > 0 && random.curves.distillation[0] === 0);

  const file = join(taskFolder(config, tasks[0], place), 'run.json');
  const before = statSync(file).mtimeMs;
  assert.deepEqual(
    (await collect()).map(({ kind }) => kind),
    ['plan'],
  );
  assert.equal(statSync(file).mtimeMs, before);

  writeMadeCase(join(root, 'data'), 'a', { seed: 9 });
  const changed = await hashDataSet(findDataSet(folder));
  assert.throws(
    () => finishedComparison(config, { ...place, dataHash: changed, tasks }),
    /run\.json \(MCKD, seed 0\) cannot be read.*delete it and run again/,
  );
});

test('trainings that are stopped keep a checkpoint of where they were, and end as those that nobody stopped', async (t) => {
  const root = temporaryFolder(t);
  const { data, dataHash } = await madeCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const small = buildConfig('smoke', { brats: { width: 1 / 32 } });
  const task: BratsTask = { method: 'mckd', seed: 0 };
  const place = (name: string): ComparisonOptions => ({
    directory: join(root, name),
    data,
    dataHash,
    processes: 1,
    tasks: [task],
  });
  const own = (name: string): string => taskFolder(small, task, place(name));
  const run = async (name: string, stopAt = Infinity): Promise<void> => {
    const stopping = new AbortController();
    const { signal } = stopping;
    for await (const event of runComparison(small, { ...place(name), signal })) {
      if (event.kind === 'progress' && event.step >= stopAt) stopping.abort();
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

test('the table: means over seeds, paired differences, the average row, and no claim beside print', () => {
  const scores = (dice: number): BratsRun['test'] => ({
    x: Array.from({ length: 15 }, (_, s) => [dice, dice + s / 100, 0.5]),
    y: Array.from({ length: 15 }, (_, s) => [dice, dice + s / 100, 0.7]),
  });
  const run = (method: BratsRun['method'], seed: number, dice: number): BratsRun => ({
    method,
    seed,
    test: scores(dice),
    metaValidation: scores(dice / 2),
    curves: { stride: 25, dice: [], crossEntropy: [], distillation: [] },
    weights: [],
    seconds: { training: 600, evaluation: 1 },
  });
  const runs = [0, 1].flatMap((seed) => [
    run('allScans', seed, 0.2),
    run('randomSubsets', seed, 0.3 + seed / 10),
    run('mckd', seed, 0.35 + (3 * seed) / 20),
  ]);
  assert.equal(subsetDice(runs[2], 'ET', 3).toFixed(6), '35.000000');
  assert.equal(subsetDice(runs[2], 'WT').toFixed(6), '42.000000');
  const facts = { data: 'made up', provenance: 'phantom', protocol: 'phantoms' } as const;
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
  assert.match(table.caption, /2 seeds.*made-up cases.*not to be set against published/);
  const held = subsetTable(runs, { ...facts, set: 'metaValidation' });
  assert.equal((held.rows[0]['ET mckd'] as { mean: number }).mean.toFixed(6), '21.250000');
  const real = { data: 'x', provenance: 'real', protocol: 'brats-authors-five' } as const;
  assert.match(subsetTable(runs, real).caption, /a local test set beside the authors' five/);
  assert.doesNotMatch(subsetTable(runs, real).caption, /made-up/);

  for (const [scored, why] of [
    [{}, /test Dice of mckd, seed 1, ET, FLAIR, is NaN: no case was scored/],
    [{ z: scores(NaN).x }, /test Dice of mckd, seed 1, ET, FLAIR, is NaN: a score of a case/],
  ] as const) {
    const broken = runs.map((one) =>
      one.method === 'mckd' && one.seed === 1 ? { ...one, test: scored } : one,
    );
    assert.throws(() => subsetTable(broken, facts), why);
  }
});
