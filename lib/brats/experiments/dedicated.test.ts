import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODALITIES, MODALITY_SUBSETS } from '../../base/modality';
import { buildConfig, PRESET_NAMES } from '../../config';
import type { DataRef } from '../../experiment/experiment';
import { cellFolder } from '../../experiment/store';
import { cellsOf } from '../../experiment/cells';
import { cellText, type Column } from '../../report/tables';
import { brats } from '../problem';
import type { BratsRun } from '../run-record';
import { trainingSteps } from '../schedule';
import { dedicated, dedicatedConclusions, rivals } from '.';

test('a network per scan of each dedicated method and two of all subsets, each seeing as many crops but for paper', () => {
  for (const preset of PRESET_NAMES) {
    const experiment = dedicated(buildConfig(preset));
    const cells = cellsOf(experiment).filter(({ seed }) => seed === 0);
    assert.equal(cells.length, 4 * MODALITIES.length + 2);
    for (const { arm, config } of cells) {
      const [, scan] = arm.split('-');
      assert.deepEqual(config.scans, scan ? [scan] : 'random', arm);
      if (preset === 'paper') continue;
      const crops = trainingSteps(config) * config.batchSize;
      assert.equal(crops, trainingSteps(experiment.base) * experiment.base.batchSize, arm);
    }
  }
});

test('MCKD and ShaSpec on random subsets are the same trainings as those of all methods', () => {
  const place = { directory: 'runs', data: { sha256: '0' } };
  for (const preset of PRESET_NAMES) {
    const config = buildConfig(preset);
    const [here, there] = [dedicated, rivals].map((declare) =>
      ['mckd', 'shaspec'].map((arm) => {
        const cell = cellsOf(declare(config)).find((one) => one.arm === arm);
        return cellFolder(brats, cell!, place);
      }),
    );
    assert.deepEqual(here, there);
  }
});

/** Dice `dice` from its own scan, 0 elsewhere; 0.1 per scan of those of all subsets. */
function runOf(arm: string, seed: number, dice: number): BratsRun {
  const [, scan] = arm.split('-');
  const subsets = MODALITY_SUBSETS.map((subset, s) => {
    const own = scan ? (subset.join() === scan ? dice : 0) : s / 10;
    return [own, own, own / 2];
  });
  return {
    ...{ arm, seed, metaValidation: {}, weights: [], seconds: { training: 60 } },
    test: { a: subsets, b: subsets },
    curves: { stride: 25, losses: {} },
  };
}

test('the table: each method by its own scan, averages of the four, printed numbers by their own tables', () => {
  const experiment = dedicated(buildConfig('standard'));
  const runs = cellsOf(experiment)
    .filter(({ arm }) => !arm.startsWith('kdnet'))
    .map(({ arm, seed }) => runOf(arm, seed, 0.5 + seed / 10));
  const data = {
    ...{ description: 'made up', sha256: '0', provenance: 'phantom', protocol: 'phantoms' },
  } as DataRef;
  const [table, differences] = experiment.tables(runs, data);
  // Without KD-Net, of which there are no runs: 5 methods for 4 scans and their average.
  assert.equal(table.rows.length, 5 * 5);
  const text = (scan: string, trained: string, method: string, key: string): string => {
    const row = table.rows.find(
      (one) => one.scan === scan && one.trained === trained && one.method === method,
    );
    return cellText(row![key], table.columns.find((column) => column.key === key) as Column);
  };
  assert.equal(text('T1', 'that scan', 'ACN', 'ET'), '60.0 ± 10.0');
  assert.equal(text('T1', 'that scan', 'ACN', 'TC'), '30.0 ± 5.0');
  assert.match(text('T1', 'that scan', 'ACN', 'published ET'), /^41\.52/);
  assert.match(text('average', 'that scan', 'ACN', 'published WT'), /^83\.18/);
  assert.match(text('T1', 'that scan', 'ShaSpec', 'published TC'), /^70\.28/);
  assert.match(text('T1', 'random subsets', 'ShaSpec', 'published TC'), /^63\.18/);
  assert.match(text('T1', 'random subsets', 'MCKD', 'published ET'), /not verified/);
  // FLAIR, T1, T1ce, T2 are the first four subsets: 0, 10, 20, 30.
  assert.equal(text('T2', 'random subsets', 'MCKD', 'WT'), '30.0 ± 0.0');
  assert.equal(text('average', 'random subsets', 'MCKD', 'WT'), '15.0 ± 0.0');
  const without = table.rows.find(({ scan, method }) => scan === 'average' && method === 'MCKD');
  assert.equal(without!['published WT'], null);
  const plain = table.rows.find(
    ({ trained, method }) => trained === 'that scan' && method !== 'ACN',
  );
  assert.equal(plain!['published ET'], null);
  assert.match(table.caption, /KD-Net has no public code.*phantoms, so they are not comparable/);

  const found = differences.rows.find(
    ({ comparison }) => comparison === 'ACN for this scan, T2, ET',
  );
  assert.ok(Math.abs((found!.difference as { difference: number }).difference - 30) < 1e-9);
  assert.equal(differences.rows.length, 4 * 4 * 3);
  const [averages, against, ...more] = dedicatedConclusions(runs);
  assert.deepEqual(more, []);
  const blind = runs.map((run) => {
    if (run.arm !== 'acn-t1') return run;
    const scores = MODALITY_SUBSETS.map(() => [0.01, 0.02, 0.01]);
    return { ...run, test: { a: scores, b: scores } };
  });
  assert.match(dedicatedConclusions(blind)[2], /Not trained at this length.*ACN \(T1\) score/);
  // 50, 60 and 70 % by seed from the own scan; half of it in TC.
  assert.match(averages, /3 seeds on 2 test cases/);
  assert.match(averages, /ACN, a network for each scan, 60\.0 \/ 60\.0 \/ 30\.0/);
  assert.match(averages, /MCKD, one network, 15\.0 \/ 15\.0 \/ 7\.5/);
  assert.doesNotMatch(averages, /KD-Net/);
  // The three networks for each scan are higher everywhere; ShaSpec of all subsets is equal.
  assert.match(against, /higher in 36 of 48 comparisons/);

  const alone = experiment.tables(
    runs.filter(({ arm }) => arm !== 'mckd'),
    data,
  );
  assert.equal(alone[1].rows.length, 0);
  const [, open] = dedicatedConclusions(runs.filter(({ arm }) => arm !== 'mckd'));
  assert.match(open, /has no runs/);
});
