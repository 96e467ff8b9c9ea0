import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { cellsOf } from '../experiment/cells';
import type { DataRef } from '../experiment/experiment';
import { madeUpRun } from '../checks/fixtures/av-mnist-runs';
import { isMeanCell, isVerdict } from '../report/tables/format';
import { AV_EXPERIMENTS, type AvExperimentName } from './declared';
import { primarySentence } from './declared-tables';
import type { AvRun } from './run';

const NAMES = Object.keys(AV_EXPERIMENTS) as AvExperimentName[];
const data: DataRef = {
  sha256: '0',
  description: 'made up',
  provenance: 'real',
  protocol: 'av-mnist',
};

test('every experiment has its trainings, and compares arms that it has', () => {
  const counts: Record<AvExperimentName, number> = {
    'av-mnist-published': 4 * 10,
    'av-mnist-distillation': 5 * 30,
    'av-mnist-complete': 4 * 10,
    'av-mnist-level': 5 * 10,
    'av-mnist-lower-bound': 2 * 10,
  };
  for (const name of NAMES) {
    const experiment = AV_EXPERIMENTS[name](buildConfig('paper'));
    assert.equal(experiment.declaration.name, name);
    assert.equal(cellsOf(experiment).length, counts[name]);
    const keys = experiment.arms.map(({ key }) => key);
    for (const { arm, reference } of experiment.declaration.comparisons)
      assert.ok(keys.includes(arm) && keys.includes(reference), `${arm}, ${reference}`);
    assert.ok(
      cellsOf(AV_EXPERIMENTS[name](buildConfig('smoke'))).every(({ config }) => config.epochs <= 3),
    );
  }
});

test('the settings are those of the questions, and seeds those of no table', () => {
  const cell = (name: AvExperimentName, arm: string) =>
    cellsOf(AV_EXPERIMENTS[name](buildConfig('paper'))).find((one) => one.arm === arm)!;
  const { seed, config: long } = cell('av-mnist-level', 'long');
  assert.equal(seed, 30);
  assert.deepEqual(
    [long.epochs, long.weightDecay, long.decayFactor, long.decayEveryEpochs, long.rate],
    [200, 1e-4, 0.9, 70, 0.1],
  );
  assert.equal(cell('av-mnist-level', 'batch-8').config.batchSize, 8);
  const { config: much } = cell('av-mnist-distillation', 'mckd-1');
  assert.deepEqual([much.distillationMean, much.distillationWeight], ['completePairs', 1]);
  const { config: all } = cell('av-mnist-complete', 'equalWeights-1');
  assert.deepEqual([all.rate, all.epochs, all.distillationWeight], [1, 20, 1]);
  const [protocol, again] = [
    cell('av-mnist-published', 'mckd/speech/0.1'),
    cell('av-mnist-level', 'noDistillation'),
  ];
  assert.equal(protocol.config.distillationMean, 'batch');
  assert.deepEqual({ ...protocol.config, method: 'noDistillation' }, again.config);
});

test('the tables show hypothesis, primary outcome and power, and every measure', () => {
  const config = buildConfig('quick');
  const experiment = AV_EXPERIMENTS['av-mnist-published'](config);
  const runs = cellsOf(experiment).map((cell) => madeUpRun({ ...cell, seed: cell.seed - 30 }));
  const [levels, differences] = experiment.tables(runs, data);
  for (const { caption } of [levels, differences]) {
    assert.ok(caption.includes(experiment.declaration.hypothesis));
    assert.match(caption, /Chosen after a look at results: .*pilot/);
    // Of 1,000 samples MCKD is right on 10 more with one seed, and on 11 more with the other.
    assert.match(
      caption,
      /Primary outcome, declared before: MCKD − no distillation, last epoch on a thousand samples: \+1\.05 \[/,
    );
  }
  assert.match(differences.caption, /80 % power, 2\.8 standard errors, is \d/);
  assert.match(levels.caption, /reaches MCKD's printed 94\.22: .* of 2/);
  assert.equal(levels.rows.length, 4);
  assert.ok(isMeanCell(levels.rows[0].aloneLast));
  assert.equal(differences.rows.length, 4);
  assert.ok(isVerdict(differences.rows[0].heldOutLoss));
});

test('an outcome is shown, refuted, not shown or not tested', () => {
  const { declaration, base } = AV_EXPERIMENTS['av-mnist-published'](buildConfig('paper'));
  const runs = (gains: number[]): AvRun[] =>
    gains.flatMap((gain, seed) =>
      (['mckd/speech/0.1', 'noDistillation/speech/0.1'] as const).map((arm, a) => {
        const wrong = new Array<number>(100 - (a === 0 ? gain : 0)).fill(1);
        const alone = { count: 1000, last: wrong, chosen: wrong };
        const told = { modality: 'image', description: 'images' } as const;
        return { arm, seed, predictions: { alone: { ...alone, ...told } } } as unknown as AvRun;
      }),
    );
  const said = (gains: number[]): string =>
    primarySentence({ declaration, base, runs: runs(gains) });
  assert.match(said([40, 41, 42]), /\+4\.10 \[.*\] points, shown\.$/);
  assert.match(said([-40, -41, -42]), /points, refuted: the opposite is shown\.$/);
  assert.match(said([1, -1, 0]), /points, not shown\.$/);
  assert.match(said([5]), /\+0\.50 points, not tested\.$/);
});
