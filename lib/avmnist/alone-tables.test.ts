import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { madeUpResults } from '../checks/fixtures/av-mnist-runs';
import { isDifference, isMeanCell, isPublishedCell, isVerdict } from '../report/tables/format';
import { aloneDescription, alonePairedTable, aloneTable } from './alone-tables';
import { avConclusions } from './conclusions';
import { audiovision } from './experiments';
import { describeReached, lowerBoundSentence, printedOf, wholeSamples } from './printed';
import { recordedAvMnist } from './recorded';
import { comparisonTable, type AvResults } from './results';

const config = buildConfig('quick', { avMnist: { seeds: 3, rates: [0.05, 0.1] } });
const results = madeUpResults(config);

/** As of runs from before this test, or of data without other speakers. */
const untested: AvResults = {
  ...results,
  runs: results.runs.map((run) => ({ ...run, predictions: undefined })),
};

test('the second test has its own table: last and chosen epoch, the printed lower bound, no upper bound', () => {
  const table = aloneTable(results, 'speech')!;
  assert.match(table.title, /tested on a thousand samples/);
  assert.match(table.caption, /The 450 images of the pairs are among them/);
  assert.equal(table.rows.length, 4);
  const [lower] = table.rows;
  // Made up: best 92.0, 92.1, 92.2 % at the last epoch, a point less at the chosen one.
  assert.ok(isMeanCell(lower['last-0.05']) && Math.abs(lower['last-0.05'].mean - 92.1) < 1e-9);
  assert.ok(isMeanCell(lower['chosen-0.05']) && Math.abs(lower['chosen-0.05'].mean - 91.1) < 1e-9);
  assert.ok(isPublishedCell(lower.published) && lower.published.value === 92.35);
  assert.ok(isDifference(lower.difference) && Math.abs(lower.difference.difference + 0.25) < 1e-9);
  assert.match(aloneTable(results, 'image')!.caption, /in no training pair/);
});

test('its differences are over seeds and samples, with the least difference that would be seen', () => {
  const table = alonePairedTable(results, 'speech')!;
  assert.equal(table.rows.length, 8);
  for (const row of table.rows)
    for (const rate of ['0.05', '0.1'])
      assert.ok(isVerdict(row[rate]) && row[rate].kind !== 'untested');
  assert.match(table.caption, /two-way analysis of variance, 3 seeds/);
  for (const samples of ['the test pairs', 'a thousand samples'])
    assert.match(
      table.caption,
      new RegExp(`On ${samples}: the least true .* 2\\.8 standard errors, is \\d`),
    );
});

test('runs without such a test have no such table, and it is said', () => {
  assert.equal(aloneDescription(untested.runs, 'speech'), undefined);
  assert.equal(aloneTable(untested, 'speech'), undefined);
  const names = audiovision(config).tables(untested.runs, untested.data);
  assert.ok(names.every(({ name }) => !name.includes('alone')));
  assert.equal(audiovision(config).tables(results.runs, results.data).length - names.length, 4);
  const said = (of: AvResults): string => avConclusions(of).join(' ');
  assert.match(said(untested), /On all MNIST test images these runs were not tested/);
  assert.match(
    said(untested),
    /On recordings of speakers that no training pair has these runs were/,
  );
  assert.match(
    said(results),
    /On a thousand samples, at the last epoch, .*, the same 4 comparisons: /,
  );
});

test('the printed lower bound is of all MNIST test images: 9,235 of them, and no share of 450', () => {
  assert.deepEqual([wholeSamples(92.35, 450), wholeSamples(92.35, 10_000)], [undefined, 9235]);
  assert.equal(wholeSamples(94.22, 450), 424);
  const sentence = lowerBoundSentence(results.runs, 'speech', 0.05);
  assert.match(sentence!, /92\.35 stands on all 10,000 .* \(9,235 right\), not on the 450 pairs/);
  assert.match(
    sentence!,
    /\(415 right are 92\.22, 416 are 92\.44\)\. Ours at the last epoch: 92\.10 on/,
  );
  assert.ok(comparisonTable(results, 'speech').caption.includes(sentence!));
  const recorded = recordedAvMnist();
  assert.match(
    lowerBoundSentence(recorded.runs, 'speech', 0.05)!,
    recorded.runs.some(({ predictions }) => predictions) ? /Ours at the last/ : /not tested on all/,
  );
  assert.equal(lowerBoundSentence(results.runs, 'image', 0.05), undefined);
});

test('seeds that reach a printed number are counted, equal ones among them', () => {
  assert.equal(printedOf('mckd', { scarce: 'speech', rate: 0.1 }), 94.22);
  assert.equal(printedOf('mckd', { scarce: 'speech', rate: 0.05 }), undefined);
  assert.equal(printedOf('mckd', { scarce: 'speech', rate: 1 }), undefined);
  // The best epochs of MCKD at 10 %: 94.5, 94.7, 94.9.
  const runs = results.runs.filter(({ arm }) => arm === 'mckd/speech/0.1');
  assert.match(describeReached([{ title: 'MCKD', runs }], 94.7), /printed 94\.70: MCKD 2 of 3\./);
  assert.match(comparisonTable(results, 'speech').caption, /printed 94\.22: .*, MCKD 3 of 3\./);
});
