import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpResults, madeUpRun } from '../checks/fixtures/av-mnist-runs';
import { buildConfig } from '../config';
import { cellsOf } from '../experiment/cells';
import type { ScatterTrace } from '../report/figures/types';
import {
  bestEpochFigure,
  bestEpochSentences,
  lowerBoundSentences,
  outcomesFigure,
  outcomeSentences,
  pullFigure,
  recordedAnswer,
  rowSentences,
  rowTables,
  weightsSentences,
  type Answer,
} from './answers';
import { avRivals } from './experiments';
import { AV_EXPERIMENTS, type AvExperimentName } from './declared';

const NAMES = Object.keys(AV_EXPERIMENTS) as AvExperimentName[];

function madeUpAnswer(name: AvExperimentName): Answer {
  const experiment = AV_EXPERIMENTS[name](buildConfig('quick', { avMnist: { seeds: 1 } }));
  const { data } = madeUpResults(buildConfig('quick'));
  // Their accuracy grows with the seed, which begins at 30 here.
  const runs = cellsOf(experiment).map((cell) => madeUpRun({ ...cell, seed: cell.seed - 30 }));
  return { ...experiment, runs, data };
}

test('the best epoch on test is worth one point in runs that are made so', () => {
  const answer = madeUpAnswer('av-mnist-published');
  const [gain] = bestEpochSentences(answer);
  assert.match(gain, /^The same 4 trainings, .* is 1\.00 points above .*; 1\.00 in the luckiest/);
  const [seeds] = bestEpochFigure(answer).data as ScatterTrace[];
  assert.ok((seeds.x as number[]).every((value) => Math.abs(value - 1) < 1e-9));
});

test('the pull on the image is the ratio of the weights', () => {
  const answer = madeUpAnswer('av-mnist-distillation');
  // Weights of the made-up runs: 0.6 and 0.4, then 0.7 and 0.3.
  const [mean, equal] = (pullFigure(answer).data as ScatterTrace[]).filter(
    ({ name }) => name?.startsWith('MCKD') || name === 'equal weights',
  );
  assert.deepEqual(
    (mean.y as number[]).map((value) => value.toFixed(4)),
    [0.4 / 0.6, 0.3 / 0.7].map((value) => value.toFixed(4)),
  );
  assert.deepEqual(equal.y, [1, 1]);
  const expected = ((0.4 / 0.6 + 0.3 / 0.7) / 2).toFixed(2);
  assert.ok(weightsSentences(answer)[0].includes(`= ${expected}, the mean of 3 seeds`));
});

test('the recorded answers have a sentence and a picture each', () => {
  for (const name of NAMES) {
    const { runs, arms, seeds } = recordedAnswer(name);
    assert.equal(runs.length, arms.length * seeds.length, name);
    const { data } = outcomesFigure([name]);
    const intervals = (data as ScatterTrace[]).filter(({ name: of }) => of?.includes('interval'));
    assert.equal(
      intervals[0].y.length,
      AV_EXPERIMENTS[name](buildConfig('paper')).declaration.comparisons.length,
    );
  }
  assert.equal(outcomeSentences(NAMES).length, NAMES.length);
  const [printed, ours] = lowerBoundSentences();
  assert.match(printed, /^The printed lower bound 92\.35 stands on all 10,000/);
  assert.match(ours, /protocol \d\d\.\d\d; lower bound, SMIL’s schedule .* \d\d\.\d\d\.$/);
});

test('rows without runs are empty, and captions say how many seeds there are', () => {
  const config = buildConfig('standard', {
    avMnist: { seeds: 2, rates: [0.05, 0.1], scarce: ['speech'] },
  });
  const { data } = madeUpResults(config);
  const experiment = avRivals(config);
  const runs = cellsOf(experiment).map(madeUpRun);
  const results = { config, runs, data };
  const whole = rowTables(results);
  assert.deepEqual(
    whole.map(({ name }) => name.replace('av-mnist-speech-scarce-', '')),
    ['rivals', 'rivals-held-out', 'rivals-alone', 'rivals-paired'],
  );
  assert.ok(whole.every(({ caption }) => caption?.includes('Preset standard: 2 seeds, ')));
  const paired = whole[3];
  assert.match(paired.caption ?? '', /two-way .* the least true difference/);
  // Eight rows: no distillation twice; upper bounds and MCKD itself are not compared.
  assert.equal(paired.rows.length, 2 * 8);

  // Without other samples the test pairs are left.
  const pairsOnly = runs.map(({ predictions, ...run }) => ({
    ...run,
    predictions: predictions && { pairs: predictions.pairs },
  }));
  const onPairs = rowTables({ ...results, runs: pairsOnly }).at(-1);
  assert.deepEqual([...new Set(onPairs?.rows.map(({ samples }) => samples))], ['the test pairs']);
  assert.match(
    rowSentences({ ...results, runs: pairsOnly })[0],
    /every other row on the test pairs,/,
  );

  const some = runs.filter(
    ({ arm, seed }) => !arm.startsWith('smil/') && !(arm.startsWith('gan/') && seed === 1),
  );
  const unfinished = { ...results, runs: some };
  for (const { name, caption, rows, columns } of rowTables(unfinished)) {
    assert.match(
      caption ?? '',
      /2 seeds when finished, so far 2 of \d+ cells, 1 of 2 cells, 0 of 2 cells/,
    );
    const smil = rows.find(({ method }) => (method as string).startsWith('SMIL'));
    if (name.endsWith('paired')) assert.equal(smil, undefined);
    else
      for (const { key } of columns.filter(({ key: own }) =>
        /^(ours|last|chosen|difference)-/.test(own),
      ))
        assert.equal(smil?.[key] ?? null, null);
  }
  // No seed in common.
  const apart = some.filter(({ arm, seed }) => (arm.startsWith('mckd/') ? seed === 1 : seed === 0));
  assert.deepEqual(rowTables({ ...results, runs: apart })[3].rows, []);
  const [said, which] = rowSentences(unfinished);
  assert.match(said, /^\*\*Scarce speech\.\*\* .* 14 comparisons: .*; 2 have one seed\.$/);
  assert.match(which, /^MCKD above: .* Below: none\.$/);
});
