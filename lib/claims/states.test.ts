import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  madeUpBrats,
  madeUpRecord,
  madeUpRecords,
  PHANTOMS,
  type MadeUpDice,
} from '../checks/fixtures/claim-records';
import { buildConfig } from '../config';
import type { PublishedCell } from '../report/tables';
import { CLAIM_STATES, claimsOf, type Judgement } from './claim';
import { judgeDifferences, judgeLevels } from './judge';
import { CLAIMS } from './paper';
import { readRecords, type Records } from './records';
import { judgedClaims, judgeTree, scoreOf, scoreSentence, statesText } from './score';

const config = buildConfig('quick');
const judged = (key: string, records: Records): Judgement => {
  const claim = claimsOf(CLAIMS).find((one) => one.key === key);
  assert.ok(claim, key);
  return claim.judge(records);
};

/** A comparison in which MCKD has this Dice. */
function compared(mckd: MadeUpDice, lead?: number, seeds?: number): Records {
  const runs = [
    ...madeUpBrats('allScans', { dice: 80, withoutT1ce: 40, spread: 0.1 }, 0, seeds),
    ...madeUpBrats('randomSubsets', { dice: 78, withoutT1ce: 65, spread: 0.2 }, 0, seeds),
    ...madeUpBrats('mckd', mckd, lead, seeds),
  ];
  return { comparison: madeUpRecord(config, runs, PHANTOMS), declared: {} };
}

test('reproduced: every seed of MCKD is above', () => {
  const records = compared({ dice: 79, withoutT1ce: 67 });
  for (const key of ['collapse', 'recovery', 'gain-et', 'gain-et-without-t1ce', 'importance-order'])
    assert.equal(judged(key, records).state, 'reproduced', key);
  const { reason, numbers, on, coreMinutes } = judged('collapse', records);
  assert.equal(reason, 'the difference is above 0');
  assert.equal(on?.provenance, 'phantom');
  const { comparison } = records;
  assert.ok(comparison);
  assert.equal(coreMinutes, comparison.manifest.coreMinutes);
  const manifest = { ...comparison.manifest, missing: 2 };
  const unfinished = { ...records, comparison: { ...comparison, manifest } };
  assert.equal(judged('collapse', unfinished).coreMinutes, undefined);
  // 80, 80.1, 80.2 with all scans; 40, 40.2, 40.4 without T1ce. t(.975, 2) 0.1 / sqrt 3 = 0.25.
  assert.equal(numbers[0].text, '+39.9 [+39.7, +40.1]');
});

test('not reproduced: seeds differ as much', () => {
  const { state, reason } = judged('gain-et', compared({ dice: 77, withoutT1ce: 64, spread: 1.5 }));
  assert.equal(state, 'not reproduced');
  assert.equal(reason, 'the difference is not shown: seeds differ as much');
});

test('contradicted: every seed of MCKD is below; the weights prefer the other scans', () => {
  const records = compared({ dice: 70, withoutT1ce: 50 }, -0.1);
  assert.equal(judged('gain-et', records).state, 'contradicted');
  assert.equal(judged('importance-order', records).state, 'contradicted');
  const { parity } = madeUpRecords();
  assert.equal(
    judged('objective', { parity: { ...parity, equal: false }, declared: {} }).state,
    'contradicted',
  );
});

test('open: nothing recorded, one seed, or what only the challenge’s server can score', () => {
  const nothing = judgedClaims(judgeTree(CLAIMS, { declared: {} }));
  for (const { claim, judgement } of nothing) {
    assert.equal(judgement.state, 'open', claim.key);
    assert.deepEqual(
      judgement.numbers.filter(({ from }) => from === 'runs'),
      [],
    );
  }
  const one = judged('gain-et', compared({ dice: 79, withoutT1ce: 67 }, 0.1, 1));
  assert.equal(one.state, 'open');
  assert.match(one.reason, /not tested: one seed/);
  const all = madeUpRecords();
  for (const key of ['patients', 'brats2019', 'adni']) assert.equal(judged(key, all).state, 'open');
  assert.match(judged('patients', all).reason, /server/);
});

test('several differences: all above, one below, some not shown; Holm counts them together', () => {
  const finding = (kind: 'better' | 'worse' | 'open', corrected: number) => ({
    ...{ name: kind, corrected },
    verdict: { kind, difference: 1, interval: [0.5, 1.5] } as const,
  });
  const [above, below] = [finding('better', 0.01), finding('worse', 0.01)];
  const states = [
    [above, above],
    [above, below],
    [above, finding('open', 0.5)],
    // Alone it would lie above 0; among several it is not shown.
    [above, finding('better', 0.2)],
    [],
  ].map((findings) => judgeDifferences(findings).state);
  assert.deepEqual(states, [
    ...['reproduced', 'contradicted', 'not reproduced', 'not reproduced', 'open'],
  ]);
});

test('printed numbers: within the range of the seeds, outside, or not known', () => {
  const printed = (value: number | null): PublishedCell => ({
    ...{ value, source: 'made up' },
    mark: value === null ? 'not verified' : 'V1',
  });
  const state = (value: number | null, ours: number[]): string =>
    judgeLevels([{ name: 'x', printed: printed(value), ours }]).state;
  assert.equal(state(94.22, [93, 94.2222]), 'reproduced');
  assert.equal(state(94.23, [93, 94.2222]), 'not reproduced');
  assert.equal(state(92.99, [93, 94.2222]), 'not reproduced');
  assert.equal(state(null, [93, 94]), 'open');
  assert.equal(state(94, [94]), 'open');
});

test('printed levels of other data are not compared', () => {
  const { audiovision } = madeUpRecords();
  const synthetic = { provenance: 'synthetic', protocol: 'av-mnist-synthetic-speech' } as const;
  const records = {
    audiovision: madeUpRecord(audiovision.config, audiovision.runs, synthetic),
    declared: {},
  };
  const { state, reason } = judged('speech-scarce-upper-bound', records);
  assert.equal(state, 'open');
  assert.match(reason, /another protocol/);
});

test('the score: shares of the weight that sum to 1, phantoms named, an open claim scores nothing', () => {
  const records = compared({ dice: 79, withoutT1ce: 67 });
  const tree = judgeTree(CLAIMS, records);
  const { shares, onPhantoms } = scoreOf(tree);
  const sum = CLAIM_STATES.reduce((total, state) => total + shares[state], 0);
  assert.ok(Math.abs(sum - 1) < 1e-12, `${sum}`);
  const expected = judgedClaims(tree)
    .filter(({ judgement }) => judgement.state === 'reproduced')
    .reduce((total, { share }) => total + share, 0);
  assert.ok(expected > 0 && Math.abs(shares.reproduced - expected) < 1e-12);
  assert.equal(onPhantoms.reproduced, shares.reproduced);
  assert.match(
    scoreSentence(scoreOf(tree)),
    /reproduced \d+\.\d % \(of it \d+\.\d % on phantoms\)/,
  );
  assert.equal(
    scoreOf(judgeTree(CLAIMS, { declared: {} })).shares.open.toFixed(12),
    '1.000000000000',
  );
  assert.equal(statesText(judgeTree(CLAIMS, { declared: {} })), 'open');
});

test('the committed records are judged', () => {
  const tree = judgeTree(CLAIMS, readRecords());
  const parity = judgedClaims(tree).find(({ claim }) => claim.key === 'objective');
  assert.equal(parity?.judgement.state, 'reproduced');
  assert.ok(scoreOf(tree).shares.open < 1);
});
