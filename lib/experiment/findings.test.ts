import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from './experiment';
import { findingsOf, findingsTable, type ArmComparison } from './findings';
import type { RunMetric } from './metrics';

interface Scores {
  cases: Record<string, number>;
}

const mean: RunMetric<Scores> = {
  title: 'mean',
  of: ({ cases }) => Object.values(cases).reduce((a, b) => a + b) / Object.values(cases).length,
  byCase: ({ cases }) => cases,
};

const run = (arm: string, seed: number, values: number[]): Run<Scores> => ({
  ...{ arm, seed, seconds: {} },
  cases: Object.fromEntries(values.map((value, i) => [`case ${i}`, value])),
});

const ask = (arm: string): ArmComparison<Scores> => ({
  name: arm,
  arm,
  reference: 'base',
  metric: mean,
});

const runs = [0, 1, 2].flatMap((seed) => [
  run('base', seed, [10, 20, 30, 40]),
  // Slightly better in every case and seed; much better in one case only; not better.
  run(
    'steady',
    seed,
    [11, 21.1, 31, 41.1].map((value) => value + 0.01 * seed),
  ),
  run('lucky', seed, [18 + 0.01 * seed, 20, 30, 40]),
  run(
    'same',
    seed,
    [10.2, 19.8, 30, 40].map((value) => value + 0.1 * (seed - 1)),
  ),
]);

test('an interval over seeds and cases holds 0 where one case alone makes the difference', () => {
  const [steady, lucky, same] = findingsOf(runs, ['steady', 'lucky', 'same'].map(ask));
  assert.deepEqual(
    [steady, lucky, same].map(({ verdict }) => verdict.kind),
    ['better', 'better', 'open'],
  );
  const holds0 = ({ cases }: typeof steady): boolean => {
    assert.ok(cases);
    return cases[0] <= 0 && cases[1] >= 0;
  };
  assert.deepEqual([steady, lucky, same].map(holds0), [false, true, true]);
  assert.deepEqual(findingsOf(runs, ['steady', 'lucky', 'same'].map(ask)), [steady, lucky, same]);
});

test('Holm counts the comparisons made together, and none that is untested', () => {
  const together = findingsOf(runs, ['steady', 'lucky', 'same'].map(ask));
  const [alone] = findingsOf(runs, [ask('steady')]);
  assert.equal(alone.corrected, alone.probability);
  const [steady, lucky] = together;
  const [first, second] = [steady, lucky].sort(
    (a, b) => (a.probability as number) - (b.probability as number),
  );
  assert.ok(Math.abs((first.corrected as number) - 3 * (first.probability as number)) < 1e-12);
  assert.ok((second.corrected as number) >= (first.corrected as number));
  const one = runs.filter(({ seed }) => seed === 0);
  const [untested] = findingsOf(one, [ask('steady')]);
  assert.deepEqual([untested.verdict.kind, untested.probability], ['untested', undefined]);
  assert.ok(untested.cases, 'cases have a spread with one seed, too');
});

test('the table: one row per comparison, and no number where none was computed', () => {
  const findings = findingsOf(
    runs.filter(({ seed }) => seed === 0),
    [ask('steady'), ask('lucky')],
  );
  const table = findingsTable(findings, { name: 'f', title: 'F', caption: 'Made up.' });
  assert.equal(table.rows.length, 2);
  assert.deepEqual([table.rows[0].p, table.rows[0].holm], ['–', '–']);
  assert.match(table.rows[0].cases as string, /^\[\+1\.0, \+1\.1\]$/);
  assert.match(table.caption, /Holm counts the 2 rows/);
});
