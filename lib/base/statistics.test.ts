import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from './random';
import {
  describeInterval,
  describeVerdicts,
  pairedVerdict,
  holm,
  pairedInterval,
  mean,
  pairedProbability,
  quantile,
  sampleSd,
  twoWayVerdict,
  type PairedVerdict,
} from './statistics';

/** Above each: the values of a and b, and the interval of scipy.stats.ttest_rel(a, b).confidence_interval(). */
const GOLDEN = [
  {
    a: [94.2, 93.8, 95.1, 94.0],
    b: [93.9, 93.1, 95.3, 93.6],
    kind: 'open',
    interval: [-0.2953811863, 0.8953811863],
  },
  { a: [3, 5], b: [1, 2], kind: 'open', interval: [-3.853102368, 8.853102368] },
  { a: [1, 2, 3.5], b: [3, 5, 6], kind: 'worse', interval: [-3.742068856, -1.257931144] },
  { a: [3, 5, 6], b: [1, 2, 3.5], kind: 'better', interval: [1.257931144, 3.742068856] },
] as const;

test('two or more seeds: the 95 % interval of the paired t-test, and on which side of 0 it lies', () => {
  for (const { a, b, kind, interval } of GOLDEN) {
    const verdict = pairedVerdict(a, b);
    assert.ok(verdict.kind !== 'untested');
    assert.equal(verdict.kind, kind);
    for (const end of [0, 1]) assert.ok(Math.abs(verdict.interval[end] - interval[end]) < 1e-6);
    assert.ok(Math.abs(verdict.difference - (interval[0] + interval[1]) / 2) < 1e-6);
  }
});

test('one seed shows nothing, however large the difference', () => {
  assert.deepEqual(pairedVerdict([90], [10]), {
    kind: 'untested',
    difference: 80,
    why: 'one seed',
  });
  assert.throws(() => pairedVerdict([1, 2], [1]), /got 2 and 1/);
  assert.throws(() => pairedVerdict([], []), /got 0 and 0/);
});

test('differences that are the same for every seed give no interval, rounding or not', () => {
  const untested = { kind: 'untested', why: 'no spread' };
  assert.deepEqual(pairedVerdict([2, 2], [2, 2]), { ...untested, difference: 0 });
  assert.deepEqual(pairedVerdict([3, 4, 5], [1, 2, 3]), { ...untested, difference: 2 });
  // 0.1 + 0.2 - 0.3 is not 0 in floating point, which is no effect of the seeds.
  assert.equal(pairedVerdict([0.1 + 0.2, 1], [0.3, 1]).kind, 'untested');
  assert.equal(pairedVerdict([0.3 + 1e-9, 1], [0.3, 1]).kind, 'open');
});

test('verdicts in words', () => {
  const [open, , worse, better] = GOLDEN.map(({ a, b }) => pairedVerdict(a, b));
  const oneSeed = pairedVerdict([2], [1]);
  const noSpread = pairedVerdict([2, 2], [1, 1]);
  assert.equal(describeVerdicts([oneSeed, oneSeed]), 'one seed: differences, not evidence');
  assert.equal(describeVerdicts([open, open]), 'every interval holds 0, so no difference is shown');
  assert.equal(
    describeVerdicts([better, open, worse, better]),
    '2 of 4 intervals lie above 0 and 1 below; 1 holds 0, so no difference is shown there',
  );
  assert.equal(describeVerdicts([better]), '1 of 1 intervals lies above 0 and 0 below');
  assert.equal(
    describeVerdicts([noSpread, open]),
    'every interval holds 0, so no difference is shown; 1 of 2 differences is the same for every seed, which gives no interval',
  );
  assert.match(describeVerdicts([noSpread]), /^1 of 1 differences is the same for every seed/);
  assert.match(describeInterval(3), /3 seeds \(2 degrees of freedom\)/);
  assert.match(describeInterval(2), /1 degree of freedom/);
  assert.match(describeInterval(1), /^no interval/);
});

test('Holm: the smallest p is multiplied most, none falls below one before it, none is above 1', () => {
  // statsmodels.stats.multitest.multipletests([.01, .04, .03, .005], method='holm')
  assert.deepEqual(
    holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(6))),
    [0.03, 0.06, 0.06, 0.02],
  );
  assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
  assert.deepEqual(holm([]), []);
});

test('the probability of a paired difference is that of a t test', () => {
  // scipy.stats.ttest_rel([1.1, 2.3, 2.9], [1, 2, 3]).pvalue
  assert.ok(Math.abs(pairedProbability([1.1, 2.3, 2.9], [1, 2, 3]) - 0.477767) < 1e-5);
});

test('quantiles lie between sorted values as NumPy’s do', () => {
  // numpy.quantile([3, 1, 2, 10], [0, .25, .5, .9, 1])
  assert.deepEqual(
    [0, 0.25, 0.5, 0.9, 1].map((share) => Number(quantile([3, 1, 2, 10], share).toFixed(6))),
    [1, 1.75, 2.5, 7.9, 10],
  );
});

test('the bootstrap draws seeds and cases, each case for all seeds together', () => {
  const drawn: number[] = [];
  const draw = (n: number): number => {
    drawn.push(n);
    return n - 1;
  };
  // Always the last seed and the last case.
  assert.deepEqual(
    pairedInterval(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { resamples: 2, draw },
    ),
    [6, 6],
  );
  assert.deepEqual(drawn, [2, 2, 3, 3, 3, 2, 2, 3, 3, 3]);
});

test('seeds and samples: the interval is that of the means where the other one makes no difference', () => {
  const seeds = [0.3, 0.9, 0.6];
  const alike = twoWayVerdict(seeds.map((d) => new Array<number>(50).fill(d)));
  assert.ok(alike.verdict.kind !== 'untested');
  // t(.975, 2) * 0.3 / sqrt(3), as by seeds alone.
  const half = (4.30265273 * 0.3) / Math.sqrt(3);
  assert.ok(Math.abs(alike.verdict.interval[0] - (0.6 - half)) < 1e-6);
  assert.ok(Math.abs((alike.standardError as number) - 0.3 / Math.sqrt(3)) < 1e-12);
  const samples = [0, 0, 1, 0, -1, 0, 0, 1];
  const { standardError } = twoWayVerdict([samples, samples, samples, samples]);
  assert.ok(
    Math.abs((standardError as number) - (sampleSd(samples) as number) / Math.sqrt(8)) < 1e-12,
  );
});

test('seeds and samples: by hand; one seed and no spread are untested', () => {
  // Means 2 and 3 by seed, 1, 2.5, 4 by sample, 2.5 in all; MS 1.5, 4.5, 0.5.
  const { verdict, standardError } = twoWayVerdict([
    [1, 1.5, 3.5],
    [1, 3.5, 4.5],
  ]);
  assert.equal(verdict.difference, 2.5);
  assert.ok(Math.abs((standardError as number) - Math.sqrt((1.5 + 4.5 - 0.5) / 6)) < 1e-12);
  assert.equal(verdict.kind, 'open');
  assert.deepEqual(twoWayVerdict([[1, 0]]).verdict, {
    kind: 'untested',
    difference: 0.5,
    why: 'one seed',
  });
  const same = twoWayVerdict([
    [0, 0],
    [0, 0],
  ]);
  assert.deepEqual(same, { verdict: { kind: 'untested', difference: 0, why: 'no spread' } });
});

test('seeds and samples: about 95 of 100 intervals hold the true difference, and by seeds alone fewer do', () => {
  const stream = randomStream(0, 'two-way');
  const [S, I, tries, truth] = [8, 60, 400, 0.2];
  let [both, seedsAlone] = [0, 0];
  for (let k = 0; k < tries; k++) {
    const draw = (n: number, sd: number): number[] =>
      Array.from({ length: n }, () => sd * stream.normal());
    const [ofSeed, ofSample] = [draw(S, 0.2), draw(I, 1)];
    const differences = ofSeed.map((a) => ofSample.map((b) => truth + a + b + stream.normal()));
    const holds = (verdict: PairedVerdict): number =>
      Number(
        verdict.kind !== 'untested' && verdict.interval[0] <= truth && truth <= verdict.interval[1],
      );
    both += holds(twoWayVerdict(differences).verdict);
    seedsAlone += holds(pairedVerdict(differences.map(mean), new Array<number>(S).fill(0)));
  }
  assert.ok(both / tries > 0.92 && both / tries < 0.98, `${both} of ${tries}`);
  assert.ok(seedsAlone / tries < 0.9, `${seedsAlone} of ${tries}`);
});
