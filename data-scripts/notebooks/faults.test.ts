import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalMarker } from '@mckd/lib/report';
import { withoutVolatile } from './run';
import { findFault, withoutStack, type NotebookFile } from './faults';

test('faults of an executed notebook', () => {
  const cell = (outputs: NotebookFile['cells'][0]['outputs'], count: number | null = 1) => ({
    cell_type: 'code',
    source: 'x',
    metadata: {},
    execution_count: count,
    outputs,
  });
  const marker = {
    output_type: 'stream',
    name: 'stdout',
    text: ['a\n', `${finalMarker('01-x')}\n`],
  };
  const notebook = (...cells: NotebookFile['cells']): NotebookFile => ({
    cells,
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });
  assert.equal(findFault(notebook(cell([]), cell([marker])), '01-x'), null);
  assert.match(findFault(notebook(cell([marker])), '02-y')?.message ?? '', /02-y/);
  assert.match(
    findFault(notebook(cell([], null), cell([marker])), '01-x')?.message ?? '',
    /not run/,
  );
  assert.deepEqual(
    findFault(
      notebook(cell([{ output_type: 'error', ename: 'E', evalue: 'v' }]), cell([marker])),
      '01-x',
    ),
    {
      cell: 1,
      of: 2,
      message: 'E: v',
    },
  );
  assert.equal(withoutStack('\x1b[31mError: a\nb\n    at f (x.js:1:2)\x1b[0m'), 'Error: a\nb');
  assert.equal(
    withoutStack('evalmachine.<anonymous>:2\nthrow x;\n^\n\nError: a\n    at f (x.js:1:2)'),
    'Error: a',
  );
  const volatile = notebook({ ...cell([]), metadata: { execution: { a: 1 }, tags: ['t'] } });
  assert.deepEqual(withoutVolatile(volatile).cells[0].metadata, { tags: ['t'] });
});
