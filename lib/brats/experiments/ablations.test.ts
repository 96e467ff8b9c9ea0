import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockFile } from '../../base/lock';
import { KIT_ROOT } from '../../base/shipped-file';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { syntheticCases } from '../../checks/robustness/synthetic-data';
import { buildConfig, changeConfig, trainingSettings } from '../../config';
import { cellOf, cellsOf } from '../../experiment/cells';
import { valuesOf } from '../../experiment/metrics';
import { writeRuns } from '../../experiment/record';
import type { Kind } from '../../experiment/experiment';
import { runExperiment, type ExperimentEvent } from '../../experiment/run';
import { cellFolder, finishedRun } from '../../experiment/store';
import { trainCell } from '../../experiment/train-cell';
import { cellText } from '../../report/tables';
import { configDifferences } from '../folder';
import { previousFile } from '../folder-files';
import { brats, type BratsRunLocation } from '../problem';
import { recordedAblations } from '../recorded';
import type { BratsRun } from '../run-record';
import {
  ABLATION_BASE,
  ABLATION_MEASURES,
  ablationArms,
  ablationBase,
  ablationConclusions,
  ablationFigure,
  ablationMetric,
  ablationRows,
  ablations,
  ABLATIONS,
  ablationTable,
  weightAblationFigure,
} from '.';

const config = buildConfig('smoke', {
  brats: {
    width: 1 / 32,
    ablations: { stageOne: { until: 2, metaEvery: 1 }, stageTwo: { until: 3, metaEvery: 1 } },
  },
});

/** Every leaf of nested changes as `brats.x.y`. */
function leaves(changes: object, path = 'brats'): string[] {
  return Object.entries(changes).flatMap(([key, value]) =>
    typeof value === 'object' ? leaves(value as object, `${path}.${key}`) : [`${path}.${key}`],
  );
}

test('no two trainings have the same config, and each differs from the base only in its named settings', () => {
  for (const preset of ['smoke', 'quick', 'standard', 'paper']) {
    const whole = buildConfig(preset);
    const experiment = ablations(whole);
    const arms = ablationArms(whole);
    const cells = cellsOf(experiment);
    const first = cells.slice(0, arms.length);
    const texts = first.map((cell) => JSON.stringify(cell.config));
    assert.equal(new Set(texts).size, texts.length);
    assert.equal(cells.length, arms.length * whole.brats.ablations.seeds);
    for (const [i, { changes }] of arms.entries()) {
      const differing = configDifferences(first[0].config, first[i].config);
      assert.deepEqual(differing.map((text) => text.split(' ')[0]).sort(), leaves(changes).sort());
    }
    // L1 and MSE, 3 normalisations, 2 initialisations, 2 optimizers, 5 weights, 2 components of no other question.
    assert.equal(texts.length, 1 + 1 + 2 + 1 + 1 + 4 + 2);
    for (const { key } of ABLATIONS) {
      const rows = ablationRows(whole).filter(({ question }) => question.key === key);
      assert.equal(rows.filter(({ arm }) => arm === ABLATION_BASE).length, 1, key);
    }
  }
});

test('the base is the variant of the config, and a row of its own if no variant is', () => {
  const of = (changes: object): string[] =>
    ablationRows(changeConfig(config, { brats: changes }))
      .filter(({ arm }) => arm === ABLATION_BASE)
      .map(({ variant }) => variant.title);
  assert.deepEqual(of({ distance: 'MSE', distillationWeight: 0.5 }), [
    'mean squared error',
    'softmax',
    'random',
    'Adam',
    '0.5',
    'none',
  ]);
  assert.equal(of({ distillationWeight: 0.07 })[4], 'as in the preset');
});

test('the paper preset trains the ablations as long as itself, so their base is its MCKD', () => {
  const paper = buildConfig('paper');
  assert.deepEqual(ablationBase(paper), trainingSettings(paper.brats));
});

test('the pool reuses what a notebook trained, and nothing is trained twice', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const experiment = ablations(config);
  const cells = ['base', 'parts/no-weights'].map((arm) => ({ arm, seed: 0 }));
  const [baseCell, otherCell] = cells.map(({ arm, seed }) => cellOf(experiment, arm, seed));
  const place: BratsRunLocation = { directory: join(root, 'runs'), data };
  const live: string[] = [];
  const train = async (cell = baseCell): Promise<BratsRun | undefined> => {
    let run: BratsRun | undefined;
    for await (const event of trainCell(brats, cell, place, {})) {
      live.push(event.kind);
      if (event.kind === 'run') run = event.run;
    }
    return run;
  };
  const first = await train();
  assert.deepEqual(
    ['step', 'evaluation', 'run'].map((kind) => live.filter((k) => k === kind).length),
    [4, Object.keys({ ...first?.test, ...first?.metaValidation }).length, 1],
  );
  type Event = ExperimentEvent<Kind>;
  const collect = async (): Promise<Event[]> => {
    const events: Event[] = [];
    for await (const event of runExperiment(experiment, place, { cells, processes: 1 }))
      events.push(event);
    return events;
  };
  const events = await collect();
  const [plan] = events as Extract<Event, { kind: 'plan' }>[];
  assert.deepEqual([plan.kind, plan.total, plan.done], ['plan', 2, 1]);
  assert.match(plan.line, /^2 trainings \(1 done\): 1 process x \d+ threads?, [\d.]+ GiB each of /);
  const progress = events.flatMap((event) => (event.kind === 'progress' ? event.cell.arm : []));
  assert.deepEqual(progress, new Array(4).fill('parts/no-weights'));
  const second = await collect();
  assert.deepEqual(
    second.map(({ kind }) => kind),
    ['plan'],
  );

  const [base, noWeights] = [baseCell, otherCell].map((cell) => finishedRun(brats, cell, place));
  assert.deepEqual(base, first);
  live.length = 0;
  assert.deepEqual(await train(), first);
  assert.deepEqual(live, ['run']);
  // Killed right after the run was written: its lock and the previous checkpoint are left, and removed.
  const folder = cellFolder(brats, baseCell, place);
  const whole = readdirSync(folder).sort();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const owner = { pid: gone, host: hostname(), started: '' };
  writeFileSync(lockFile(folder), JSON.stringify(owner));
  writeFileSync(previousFile(folder), 'a checkpoint');
  assert.deepEqual(await train(), first);
  assert.deepEqual(readdirSync(folder).sort(), whole);
  // Locked by another machine: finished runs can still be read.
  writeFileSync(lockFile(folder), JSON.stringify({ ...owner, host: 'elsewhere' }));
  writeFileSync(previousFile(folder), 'a checkpoint');
  assert.deepEqual(await train(), first);
  assert.ok(existsSync(previousFile(folder)));
  rmSync(lockFile(folder));
  rmSync(previousFile(folder));
  assert.equal(base.weights.length, 4);
  assert.equal(noWeights.arm, 'parts/no-weights');
  assert.deepEqual(noWeights.weights, []);
  assert.ok(noWeights.curves.losses.distillation[0] > 0);

  // One config under two names is one training, read under each name.
  live.length = 0;
  assert.deepEqual(await train({ ...baseCell, arm: 'mine' }), { ...first, arm: 'mine' });
  assert.deepEqual(live, ['run']);
});

/** Runs of every cell: ET 0.4, and 0.1 lower without T1ce, shifted by the arm's number and the seed. */
function madeRuns(seeds: number): { config: typeof config; runs: BratsRun[] } {
  const made = changeConfig(config, { brats: { ablations: { seeds } } });
  const keys = ablationArms(made).map(({ key }) => key);
  const runs = cellsOf(ablations(made)).map(({ arm, seed }): BratsRun => {
    // An arm's effect varies a little with the seed, so that intervals have a width.
    const dice = 0.4 + (keys.indexOf(arm) / 100) * (1 + seed / 100) + seed / 50;
    const subsets = Array.from({ length: 15 }, (_, s) => [
      [2, 5, 7, 9, 10, 12, 13, 14].includes(s) ? dice : dice - 0.1,
      0.8,
      0.6,
    ]);
    return {
      arm,
      seed,
      test: { x: subsets },
      metaValidation: {},
      curves: { stride: 25, losses: {} },
      weights: [],
      seconds: { training: 60, evaluation: 1 },
    };
  });
  return { config: made, runs };
}

test('the table: the base in every question, ET without T1ce, paired differences, published not verified', () => {
  const results = madeRuns(3);
  const [without] = valuesOf(results.runs, ABLATION_BASE, ablationMetric('ET without T1ce'));
  assert.equal(without.toFixed(6), '30.000000');
  const [et] = valuesOf(results.runs, ABLATION_BASE, ablationMetric('ET'));
  assert.equal(et.toFixed(6), ((8 * 40 + 7 * 30) / 15).toFixed(6));
  const table = ablationTable(results, { data: 'made up' });
  assert.equal(table.rows.length, 2 + 3 + 2 + 2 + 5 + 4);
  const bases = table.rows.filter((row) =>
    cellText(row.variant, table.columns[1]).endsWith('(base)'),
  );
  assert.equal(bases.length, 6);
  for (const row of bases) assert.equal(row['ET difference'], undefined);
  const [, mse] = table.rows;
  const text = (key: string): string =>
    cellText(
      mse[key],
      table.columns.find((column) => column.key === key)!,
    );
  // Method number 1: one point above the base in every seed.
  assert.equal(text('ET difference'), '+1.0 [+1.0, +1.0] *');
  assert.equal(text('ET without T1ce'), '33.0 ± 2.0');
  assert.equal(text('published ET'), 'not verified');
  const [left, weight] = ['distillation', '0'].map((title) =>
    table.rows.find(({ variant }) => variant === title),
  );
  assert.deepEqual(left?.ET, weight?.ET);
  assert.match(table.caption, /3 seeds.*Published numbers.*not comparable/);
  assert.match(ablationTable(madeRuns(1), { data: '' }).caption, /1 seed; .*with no interval/);
});

test('sentences: the base, and the differences larger than those between seeds', () => {
  const results = madeRuns(3);
  const [base, changes] = ablationConclusions(results);
  assert.match(
    base,
    /after 4 steps.*mean of 3 seeds\): ET 37\.3, WT 80\.0, TC 60\.0, ET without T1ce 32\.0/,
  );
  // ET changes by about the arm's number in every seed; WT and TC do not change.
  assert.match(
    changes,
    /11 changes.*44 differences to it, seed by seed: 22 of 22 intervals lie above 0 and 0 below; 22 of 44 differences are the same for every seed, which gives no interval\. By chance alone about 1 of 22 would not hold 0; these do not: .*mean squared error, ET \+1\.0 \[\+1\.0, \+1\.0\]/,
  );
  const still = results.runs.map((run) => ({ ...run, test: results.runs[0].test }));
  const [, none] = ablationConclusions({ ...results, runs: still });
  assert.match(
    none,
    /: 44 of 44 differences are the same for every seed, which gives no interval\.$/,
  );
  const [, once] = ablationConclusions(madeRuns(1));
  assert.match(once, /44 differences to it, seed by seed: one seed: differences, not evidence\.$/);
});

test('figures: one row per variant that is not the base, and Dice over the weights', () => {
  const results = madeRuns(1);
  const variants = ablationRows(results.config).filter(({ arm }) => arm !== ABLATION_BASE);
  const [seeds, means] = ablationFigure(results, { measure: 'WT' }).data;
  assert.ok(seeds.type === 'scatter' && means.type === 'scatter');
  assert.equal(means.x.length, variants.length);
  assert.deepEqual(new Set(means.error_x?.array), new Set([0]));
  const curves = weightAblationFigure(madeRuns(2)).data;
  assert.equal(curves.length, ABLATION_MEASURES.length);
  assert.ok(curves.every((curve) => curve.type === 'scatter' && curve.y.length === 5));
});

test('a record is read as it was written, and a missing one is one sentence', (t) => {
  const folder = join(temporaryFolder(t), 'record');
  assert.throws(() => recordedAblations(folder), /manifest\.json is missing.*mckd ablate/);
  const { config: made, runs } = madeRuns(1);
  const facts = { provenance: 'phantom', protocol: 'phantoms' } as const;
  const data = { description: 'made up', sha256: '0', ...facts };
  writeRuns(folder, { command: 'mckd ablate', config: made, runs, data, root: KIT_ROOT });
  const record = recordedAblations(folder);
  assert.deepEqual(record.runs, runs);
  assert.equal(ablationTable(record, { data: '' }).rows.length, 18);
});
