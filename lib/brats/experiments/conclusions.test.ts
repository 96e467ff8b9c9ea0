import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../../config';
import { MODALITY_SUBSETS } from '../../base/modality';
import type { BratsRun } from '../run-record';
import { bratsConclusions } from './conclusions';
import { featureSpread, meanFilledDistances } from '../features';
import { featureTable, importanceTable, missingScanTable } from '../run-tables';

/** A run whose Dice is `et` for ET with T1ce, half of it without, and 0.8 and 0.6 for WT and TC. */
function made(arm: string, seed: number, et: number): BratsRun {
  const scores = MODALITY_SUBSETS.map((subset) => [
    subset.includes('t1ce') ? et : et / 2,
    0.8,
    0.6,
  ]);
  return {
    arm,
    seed,
    test: { a: scores },
    metaValidation: {},
    curves: { stride: 1, losses: {} },
    weights: [
      { step: 0, w: [0.25, 0.25, 0.2 + seed / 100, 0.3] },
      { step: 9, w: [0.2, 0.2, 0.4, 0.2] },
    ],
    seconds: { training: 60, evaluation: 1 },
  };
}

const runs = [0, 1, 2].flatMap((seed) => [
  made('allScans', seed, 0.6),
  made('randomSubsets', seed, 0.5 + 0.02 * seed),
  made('mckd', seed, 0.54 + 0.021 * seed),
]);

test('sentences follow from the runs', () => {
  const [collapse, averages, difference, weights] = bratsConclusions(runs);
  assert.match(
    collapse,
    /mean of 3 seeds.*complete modalities 60\.0 with all four scans and 30\.0 without T1ce; random subsets 52\.0 .* 26\.0 .*; MCKD 56\.1 .* 28\.1/,
  );
  // 8 subsets have T1ce, 7 do not.
  assert.ok(
    averages.includes(
      `trained on complete modalities ${((60 * 8 + 30 * 7) / 15).toFixed(1)} / 80.0 / 60.0`,
    ),
  );
  assert.match(
    difference,
    /ET without T1ce \+2\.1 \[\+1\.9, \+2\.2\]: 2 of 2 intervals lie above 0 and 0 below; 2 of 4 differences are the same for every seed/,
  );
  assert.match(weights, /0\.200 → 0\.400, 0\.210 → 0\.400, 0\.220 → 0\.400/);
});

test('a training without meta events has no weights to report, and is no error', () => {
  const still = runs.map((run) => (run.seed === 1 ? { ...run, weights: [] } : run));
  assert.match(
    bratsConclusions(still)[3],
    /seed by seed: 0\.200 → 0\.400, no meta event, 0\.220 → 0\.400\.$/,
  );
});

test('a difference smaller than that between seeds is not shown', () => {
  const noisy = runs.map((run) =>
    run.arm === 'mckd' ? made('mckd', run.seed, 0.52 + 0.1 * (run.seed - 1)) : run,
  );
  const [, , hidden] = bratsConclusions(noisy);
  assert.match(hidden, /every interval holds 0, so no difference is shown; 2 of 4 .* no interval/);
});

test('one seed is no evidence, and two have intervals', () => {
  const [, , one] = bratsConclusions(runs.filter(({ seed }) => seed === 0));
  assert.match(
    one,
    /seed by seed: .*ET without T1ce \+2\.0: one seed: differences, not evidence\.$/,
  );
  assert.doesNotMatch(one, /interval/);
  const [, , two] = bratsConclusions(runs.filter(({ seed }) => seed < 2));
  assert.match(two, /ET without T1ce \+2\.0 \[\+1\.7, \+2\.3\].*2 of 2 intervals lie above 0/);
});

test('the loss from a missing scan, and the change of the weights', () => {
  const [et] = missingScanTable(runs.filter(({ arm }) => arm === 'allScans')).rows;
  assert.deepEqual(
    ['all', 'flair', 't1', 't1ce', 't2'].map((key) =>
      Number((et[key] as { mean: number }).mean.toFixed(6)),
    ),
    [60, 0, 0, 30, 0],
  );
  const { rows, caption } = importanceTable(
    [runs[2], { ...runs[0], weights: [] }],
    buildConfig('quick').brats.importance,
  );
  assert.deepEqual(
    rows.map(({ when, t1ce }) => [when, Number((t1ce as number).toFixed(6))]),
    [
      ['after step 0', 0.2],
      ['after step 9', 0.4],
      ['change', 0.2],
    ],
  );
  assert.equal(
    caption,
    'w = softmax(theta_w), which sum to 1; initialised at random, by the seed.',
  );
  const equal = {
    ...buildConfig('quick').brats.importance,
    normalisation: 'raw',
    initial: 'equal',
  } as const;
  assert.equal(
    importanceTable(runs, equal).caption,
    'w = theta_w (unnormalised); initialised equal.',
  );
});

test('features, one row per training', () => {
  const cases = [1, 2].map((scale) =>
    [
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 0],
    ].map((f) => f.map((v) => scale * v)),
  );
  const facts = {
    name: 'x',
    spread: featureSpread(cases),
    distances: meanFilledDistances(cases),
  };
  const { rows, caption } = featureTable([facts], cases.length);
  assert.match(caption, /of 2 test cases/);
  const [{ method, magnitude, t1ce }] = rows;
  assert.equal(method, 'x');
  assert.ok(Math.abs((magnitude as number) - (6 / 8) * 1.5) < 1e-12);
  // The mean of the other three is (1, 1/3), against (1, 1).
  const cosine = 4 / 3 / (Math.SQRT2 * Math.hypot(1, 1 / 3));
  assert.ok(Math.abs((t1ce as number) - cosine) < 1e-12);
});
