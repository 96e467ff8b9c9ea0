import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig, PRESET_NAMES } from '../../config';
import { cellsOf, longestFirst } from '../../experiment/cells';
import { trainingSteps } from '../schedule';
import { ranksOf, rivals, RIVALS } from '.';
import { recordedRivals } from '../recorded';
import type { BratsRun } from '../run-record';
import { MODALITY_SUBSETS } from '../../base/modality';

test('every method has a valid config at every preset, and but for paper sees as many crops as MCKD', () => {
  for (const preset of PRESET_NAMES) {
    const experiment = rivals(buildConfig(preset));
    const cells = cellsOf(experiment).filter(({ seed }) => seed === experiment.seeds[0]);
    assert.equal(cells.length, 3 + RIVALS.length);
    if (preset === 'paper') continue;
    for (const { arm, config } of cells) {
      const crops = trainingSteps(config) * config.batchSize;
      assert.equal(crops, trainingSteps(experiment.base) * experiment.base.batchSize, arm);
    }
  }
});

test('at standard 3,000 iterations, five seeds for the arms of the comparison and three for the others', () => {
  const experiment = rivals(buildConfig('standard'));
  assert.equal(trainingSteps(experiment.base), 3001);
  const counts = new Map<string, number>();
  for (const { arm } of cellsOf(experiment)) counts.set(arm, (counts.get(arm) ?? 0) + 1);
  assert.deepEqual(counts.get('mckd'), 5);
  assert.deepEqual(counts.get('rfnet'), 3);
});

test('trainings begin with those that took longest when they were recorded', () => {
  const experiment = rivals(buildConfig('quick'));
  const cells = cellsOf(experiment);
  const ordered = longestFirst(cells, experiment);
  const minutes = new Map(
    recordedRivals().runs.map(({ arm, seconds: { training = 0, evaluation = 0 } }) => [
      arm,
      training + evaluation,
    ]),
  );
  const longest = [...minutes].sort(([, a], [, b]) => b - a).map(([arm]) => arm);
  assert.deepEqual(
    ordered.map(({ arm }) => arm),
    longest,
  );
  // Two processes that take one after another end sooner than in the order of the tables.
  const end = (arms: readonly string[]): number => {
    const busy = [0, 0];
    for (const arm of arms) busy[busy[0] <= busy[1] ? 0 : 1] += minutes.get(arm)!;
    return Math.max(...busy);
  };
  assert.ok(end(longest) < end(cells.map(({ arm }) => arm)));

  // Of no known time: their own order.
  assert.deepEqual(longestFirst(cells, {}), cells);
  const known = longestFirst(cells, { secondsOf: (arm) => (arm === 'lckd' ? 1 : undefined) });
  const others = cells.filter(({ arm }) => arm !== 'lckd');
  assert.deepEqual(known, [cells.find(({ arm }) => arm === 'lckd'), ...others]);
});

test('ranks begin at the highest, and equal values share theirs', () => {
  assert.deepEqual(ranksOf([70, 90, 70, 10]), [2.5, 1, 2.5, 4]);
});

/** Dice `dice` everywhere, HD95 and calibration error as far from perfect. */
function runOf(arm: string, dice: number, seed = 0): BratsRun {
  const everywhere = (value: number): number[][] =>
    MODALITY_SUBSETS.map(() => [value, value, value]);
  return {
    ...{ arm, seed, seconds: { training: 60 }, metaValidation: {}, weights: [] },
    test: { a: everywhere(dice), b: everywhere(dice) },
    hd95: { a: everywhere(10 * (1 - dice)), b: everywhere(10 * (1 - dice)) },
    calibration: {
      a: MODALITY_SUBSETS.map(() => 1 - dice),
      b: MODALITY_SUBSETS.map(() => 1 - dice),
    },
    network: { parameters: 2_000_000, multiplyAdds: 3e9 },
    curves: { stride: 25, losses: {} },
  };
}

test('tables have Dice, distances, ranks, calibration and differences to MCKD of the arms that have runs', () => {
  const experiment = rivals(buildConfig('quick'));
  const runs: BratsRun[] = [
    { ...runOf('mckd', 0.5), peakMiB: 700 },
    ...[{ ...runOf('mckd', 0.5, 1), peakMiB: 900 }, runOf('rfnet', 0.75), runOf('allScans', 0.25)],
  ];
  const data = {
    ...{ description: 'made-up data', sha256: '0', provenance: 'phantom', protocol: 'phantoms' },
  } as unknown as Parameters<typeof experiment.tables>[1];
  const [summary, et, , , , , , calibration, differences] = experiment.tables(runs, data);
  assert.equal(et.rows.length, 15 + 2);
  const last = et.rows[16];
  assert.deepEqual([last.rfnet, last.mckd, last.allScans], [1, 2, 3]);
  const titles = summary.rows.map(({ method }) => method);
  assert.deepEqual(titles, ['complete modalities only', 'MCKD', 'RFNet']);
  assert.deepEqual(summary.rows[2]['hd95 ET'], { mean: 2.5, sd: undefined, n: 1 });
  assert.equal(summary.rows[2].minutes, 1);
  assert.deepEqual(
    summary.rows.map(({ memory }) => memory),
    [null, 900, null],
  );
  assert.deepEqual(calibration.rows[0].rfnet, { mean: 25, sd: undefined, n: 1 });
  const difference = differences.rows.find(({ comparison }) => comparison === 'RFNet, ET');
  assert.deepEqual(difference?.difference, { kind: 'untested', difference: 25, why: 'one seed' });
});

test('an arm of the three that shares some seeds with MCKD is compared on these', () => {
  const experiment = rivals(buildConfig('standard'));
  const runs = [0, 1, 2].flatMap((seed) => [
    runOf('mckd', 0.5 + seed / 100, seed),
    ...(seed < 2 ? [runOf('rfnet', 0.6 + seed / 50, seed)] : []),
  ]);
  const data = {
    ...{ description: 'made-up data', sha256: '0', provenance: 'phantom', protocol: 'phantoms' },
  } as unknown as Parameters<typeof experiment.tables>[1];
  const differences = experiment.tables(runs, data).at(-1);
  const [row] = differences?.rows ?? [];
  assert.ok(Math.abs((row.difference as { difference: number }).difference - 10.5) < 1e-9);
});
