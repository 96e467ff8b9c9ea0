import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithReference, referenceTables } from './reference';
import type { Cell, Table } from './tables/types';

/** Dice of two rows, a time, a printed number, and text. */
function made(dice: [Cell, Cell], seconds = 1): Table {
  return {
    name: 'made',
    title: 'Made',
    caption: '',
    columns: [
      { key: 'subset', title: 'subset' },
      { key: 'dice', title: 'Dice', group: 'ours' },
      { key: 'seconds', title: 's', machine: true },
      { key: 'printed', title: 'printed' },
    ],
    rows: dice.map((value, i) => ({
      ...{ subset: `s${i}`, dice: value, seconds },
      printed: { value: 50, source: 'x', mark: 'V1' as const },
    })),
  };
}

const mean = (value: number): Cell => ({ mean: value, n: 1 });

test('numbers that differ on their own machine: the spread of a column over runs, and three times it is allowed', () => {
  const runs = [made([mean(40), 60]), made([mean(40.5), 60.25], 9), made([mean(39.5), 60])];
  const [reference, ...none] = referenceTables(runs.map((table) => [table]));
  assert.equal(none.length, 0);
  assert.deepEqual(reference.columns, [{ key: 'dice', title: 'ours: Dice', spread: 1 }]);
  assert.deepEqual(reference.rows, [[40], [60]]);
  const found = (...dice: [Cell, Cell]) => compareWithReference(reference, made(dice, 100));
  assert.deepEqual(found(mean(40), 60), {
    ...{ name: 'made', title: 'Made', cells: 2, equal: 2, passed: true },
  });
  const within = found(mean(42.9), 61);
  assert.deepEqual([within.passed, within.equal], [true, 0]);
  assert.deepEqual([within.worst?.row, within.worst?.ours], [0, 42.9]);
  assert.equal(found(mean(40), 63.1).passed, false);
});

test('without a spread only rounding is allowed; other rows, missing tables and missing numbers fail', () => {
  const [reference] = referenceTables([[made([40, 60])]]);
  assert.equal(compareWithReference(reference, made([40 + 1e-5, 60])).passed, true);
  assert.equal(compareWithReference(reference, made([40.001, 60])).passed, false);
  const faults = [
    compareWithReference(reference, undefined),
    compareWithReference(reference, { ...made([40, 60]), rows: [{ dice: 40 }] }),
    compareWithReference(reference, made([40, null])),
  ];
  assert.deepEqual(
    faults.map(({ passed, fault }) => [passed, fault]),
    [
      [false, 'is missing'],
      [false, 'has 1 rows, recorded are 2'],
      [false, 'has no number in row 2, ours: Dice; recorded is 60'],
    ],
  );
});

test('a table that another run lacks is left out', () => {
  assert.deepEqual(referenceTables([[made([1, 2])], []]), []);
});
