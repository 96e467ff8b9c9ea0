import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKitRoot } from '@mckd/lib/report';
import { joined, type NotebookFile } from './faults';
import { listNotebooks } from './run';
import { neededCells } from './needed-cells';

const checks = (source: string): boolean => source.includes('check(');

test('a cell needs those that declare or change what it uses, and these others', () => {
  const cells = [
    "import * as kit from 'kit';",
    'const slow = kit.train();',
    'const { a, b: [c] } = kit.numbers();',
    'let sum = 0;',
    'for (const one of [a]) sum += one;',
    'console.log(slow, kit.run);',
    'function half(x: number) { return divide(x, 2); }',
    'const divide = (x: number, y: number) => x / y;',
    'const list = [c];\nconst unrelated = { list: 1 };',
    'list.push(3);',
    'kit.check(half(sum), list.slow);',
    'const after = sum;',
  ];
  assert.deepEqual(neededCells(cells, checks), [0, 2, 3, 4, 6, 7, 8, 9, 10]);
  assert.deepEqual(
    neededCells(cells, () => false),
    [],
  );
  assert.deepEqual(neededCells(['const x = ;;{', 'check(x)'], checks), [0, 1]);
});

test('no exercise of the kit needs another cell of its lesson than the import', () => {
  for (const file of listNotebooks(join(findKitRoot(__dirname), 'notebooks'))) {
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as NotebookFile;
    const code = cells
      .filter((cell) => cell.cell_type === 'code')
      .map(({ source }) => joined(source));
    const isAsking = (source: string): boolean => source.includes('mckd.check(');
    const asking = code.flatMap((source, i) => (isAsking(source) ? [i] : []));
    assert.ok(asking.length >= 3, file);
    assert.deepEqual(neededCells(code, isAsking), [0, ...asking], file);
  }
});
