import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig, type AvMnistConfig } from '../config';
import { isDifference, isMeanCell, isPublishedCell } from '../report/tables/format';
import type { Cell, Table } from '../report/tables';
import { cellsOf } from '../experiment/cells';
import { audiovision } from './experiments';
import { accuracy } from './accuracy';
import {
  cellConfusion,
  cellRuns,
  comparisonTable,
  heldOutTable,
  mckdMinus,
  pairedTable,
  type AvResults,
} from './results';
import { madeUpResults } from '../checks/fixtures/av-mnist-runs';

const config = buildConfig('quick', { avMnist: { seeds: 3, rates: [0.05, 0.1] } });

const results = madeUpResults(config);

function rowOf(table: Table, start: string): Record<string, Cell> {
  const row = table.rows.find((one) =>
    Object.values(one).some((cell) => typeof cell === 'string' && cell.startsWith(start)),
  );
  assert.ok(row, `no row ${start} in ${table.name}`);
  return row;
}

test('a config has 2 lower bounds, 1 upper and 3 methods per rate and case, for each seed, none twice', () => {
  const cells = cellsOf(audiovision(config));
  assert.equal(cells.length, 3 * (1 + 2 + 2 * 2 * 3));
  assert.equal(new Set(cells.map((cell) => JSON.stringify(cell))).size, cells.length);
});

test('the two selections read the two epochs', () => {
  const [run] = cellRuns(results.runs, 'mckd', 'speech', 0.05);
  assert.ok(Math.abs(accuracy(run, 'bestOnTest') - 94) < 1e-9);
  assert.ok(Math.abs(accuracy(run, 'chosenOnHeldOut') - 93) < 1e-9);
});

test('published, ours and difference are side by side, with marks; unverified cells have no difference', () => {
  const table = comparisonTable(results, 'speech');
  const mckd = rowOf(table, 'MCKD');
  const [published, ours, difference] = ['published', 'ours', 'difference'].map(
    (key) => mckd[`${key}-0.1`],
  );
  assert.ok(isPublishedCell(published) && published.mark === 'S' && published.value === 94.22);
  assert.ok(isMeanCell(ours) && ours.n === 3 && Math.abs(ours.mean - 94.7) < 1e-9);
  assert.ok(isDifference(difference) && Math.abs(difference.difference - (94.7 - 94.22)) < 1e-9);
  assert.equal(mckd['difference-0.05'], null);
  assert.match(table.caption, /best TEST accuracy/);
  assert.match(table.caption, /Real recordings/);
  assert.ok(rowOf(table, 'ShaSpec')['published-0.1']);
});

test('synthetic speech is named in the caption and compared with nothing', () => {
  const synthetic: AvResults = {
    ...results,
    data: {
      sha256: '0',
      provenance: 'synthetic',
      protocol: 'av-mnist-synthetic-speech',
      description: 'eSpeak NG',
    },
  };
  const table = comparisonTable(synthetic, 'speech');
  assert.match(table.caption, /SYNTHETIC SPEECH: eSpeak NG/);
  for (const row of table.rows) {
    for (const [key, cell] of Object.entries(row))
      if (key.startsWith('difference')) assert.equal(cell, null);
  }
});

test('the caption names a run that is shorter than the protocol, whatever the name of its preset', () => {
  const captionOf = (changes: Partial<AvMnistConfig>): string =>
    comparisonTable(madeUpResults(buildConfig('paper', { avMnist: changes })), 'speech').caption;
  const short = /A short run: the protocol has 10 seeds and 60 epochs\./;
  assert.doesNotMatch(captionOf({}), short);
  assert.match(captionOf({ seeds: 1 }), short);
  assert.match(captionOf({ epochs: 3 }), short);
});

test('the mirror case has a published row without a number', () => {
  const printed = rowOf(comparisonTable(results, 'image'), 'MCKD')['published-0.1'];
  assert.ok(isPublishedCell(printed) && printed.mark === 'not verified' && printed.value === null);
});

test('the table with held-out selection states how the epoch was chosen and reads that epoch', () => {
  const table = heldOutTable(results, 'image');
  assert.match(table.caption, /test pairs were not used/);
  const cell = rowOf(table, 'no distillation')['0.05'];
  assert.ok(isMeanCell(cell) && Math.abs(cell.mean - 92.1) < 1e-9);
});

test('paired differences are per seed, with an interval', () => {
  const verdict = mckdMinus(results.runs, 'noDistillation', 'speech', 0.1, 'bestOnTest');
  assert.ok(verdict.kind === 'better');
  const { difference, interval } = verdict;
  // differences are 1.0, 1.1, 1.2 points: mean 1.1, half-width t(.975, 2) * 0.1 / sqrt(3)
  assert.ok(Math.abs(difference - 1.1) < 1e-9);
  assert.ok(Math.abs(interval[1] - 1.1 - (4.30265273 * 0.1) / Math.sqrt(3)) < 1e-6);
  assert.equal(pairedTable(results, 'speech').rows.length, 4);
});

test('confusion counts add up over seeds', () => {
  const counts = cellConfusion(results.runs, 'mckd', 'speech', 0.1);
  assert.equal(counts[3][3], 135);
  assert.equal(
    counts.flat().reduce((a, b) => a + b),
    1350,
  );
});
