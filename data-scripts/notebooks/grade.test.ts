import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { UserError } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { CHECK_MIME, EXERCISE_IDS, judge, lessonOf, type CheckRecord } from '@mckd/lib/lessons';
import { findKitRoot } from '@mckd/lib/report';
import { joined, type NotebookFile } from './faults';
import { gradeNotebooks, gradesCsv, type GradedCopy } from './grade';
import { fixture } from './made-notebooks';
import { listNotebooks } from './run';

const root = findKitRoot(__dirname);
const SOLUTIONS = join(root, 'notebooks', 'solutions');

function grades({ exercises }: GradedCopy): Record<string, string> {
  return Object.fromEntries(exercises.map(({ id, grade }) => [id, grade]));
}

const recordsOf = (file: string): CheckRecord[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as NotebookFile).cells
    .flatMap(({ outputs = [] }) => outputs)
    .flatMap(({ data }) => (data?.[CHECK_MIME] as CheckRecord | undefined) ?? []);

test('a class: right, wrong, fake, throwing, kernel-killing and broken copies, each by itself', async (t) => {
  const folder = temporaryFolder(t);
  const place = (student: string, content: string): string => {
    mkdirSync(join(folder, student));
    const file = join(folder, student, '04-pairwise-distillation.ipynb');
    writeFileSync(file, content);
    return file;
  };
  const right = place(
    'right',
    readFileSync(join(SOLUTIONS, '04-pairwise-distillation.ipynb'), 'utf8'),
  );
  const fake = fixture([
    "import * as mckd from '@mckd/lib';\nimport * as tslab from 'tslab';",
    "const q1 = mckd.given('04.1');\nmckd.check('04.1', q1.w.map((a) => q1.w.map((b) => b / a)));",
    // An output that says "right" without an answer, and printed text that says so.
    `tslab.display.raw('${CHECK_MIME}', { id: '04.2', result: 'right' } as unknown as string);
     console.log('**04.2** Right');
     if (q1.w.length === 0) mckd.check('04.2', 1);`,
    "process.exit(3);\nmckd.check('04.3', 1);",
    "const q4 = mckd.given('04.4');\nmckd.check('04.4', (q4.w[0] / q4.w[1]) ** 2);",
  ]);
  // Handed in with a right answer in the output of a cell that gives none.
  const answer = recordsOf(right).find(({ id }) => id === '04.3');
  fake.cells[4].outputs = [
    { output_type: 'display_data', data: { [CHECK_MIME]: answer }, metadata: {} },
  ];
  const throwing = fixture([
    "import * as mckd from '@mckd/lib';",
    "const q1 = mckd.given('04.1');\nthrow new Error('lost');\nmckd.check('04.1', q1.w);",
    "mckd.check('04.2', 'a text');",
    "mckd.check('04.4', undefined);",
  ]);
  const files = [
    place('broken', '{ "cells": ['),
    place('other', JSON.stringify({ cells: [{ cell_type: 'code' }] })),
    place('empty', JSON.stringify(fixture(['1 + 1']))),
    place('fake', JSON.stringify(fake)),
    place('throwing', JSON.stringify(throwing)),
    right,
  ];
  const [out, executed] = [join(folder, 'grades'), join(folder, 'executed')];
  const copies = await gradeNotebooks({ files, out, executed });
  const of = (student: string): GradedCopy =>
    copies.find((copy) => copy.student === student) as GradedCopy;
  assert.deepEqual(
    copies.map(({ student, points, of: all }) => [student, points, all]),
    [
      ['broken', 0, 0],
      ['other', 0, 0],
      ['empty', 0, 0],
      ['fake', 1, 4],
      ['throwing', 0, 4],
      ['right', 4, 4],
    ],
  );
  assert.match(of('broken').fault, /04-pairwise-distillation\.ipynb/);
  assert.match(of('other').fault, /is no notebook/);
  assert.equal(of('empty').fault, 'the copy has no exercise');
  assert.deepEqual(grades(of('fake')), {
    '04.1': 'wrong',
    '04.2': 'open',
    '04.3': 'failed',
    '04.4': 'right',
  });
  assert.match(of('fake').exercises[0].reason, /swapped/);
  assert.match(of('fake').exercises[2].reason, /the kernel died/);
  assert.deepEqual(grades(of('throwing')), {
    '04.1': 'failed',
    '04.2': 'failed',
    '04.3': 'missing',
    '04.4': 'open',
  });
  assert.match(of('throwing').exercises[0].reason, /lost/);
  assert.match(of('throwing').exercises[1].reason, /the answer is a text/);
  assert.deepEqual(JSON.parse(readFileSync(join(out, 'grades.json'), 'utf8')), { copies });
  assert.equal(readFileSync(join(out, 'grades.csv'), 'utf8'), gradesCsv(copies));
  const kept = recordsOf(join(executed, 'fake', '04-pairwise-distillation.ipynb'));
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['04.1', '04.2', '04.4'],
  );
});

test('grades as CSV: a line for each exercise and the total; nothing that a spreadsheet would compute', () => {
  const copy: GradedCopy = {
    student: '=cmd()',
    file: 'a.ipynb',
    notebook: '04',
    points: 1,
    of: 2,
    exercises: [
      { id: '04.1', grade: 'right', reason: 'it is' },
      { id: '04.2', grade: 'wrong', reason: 'a "hint", here' },
    ],
    fault: '',
  };
  assert.equal(
    gradesCsv([copy]),
    'student,notebook,exercise,grade,points,of,reason,file\n' +
      "'=cmd(),04,04.1,right,1,1,it is,a.ipynb\n" +
      '\'=cmd(),04,04.2,wrong,0,1,"a ""hint"", here",a.ipynb\n' +
      "'=cmd(),04,total,,1,2,,a.ipynb\n",
  );
});

test('no copy, and executed copies in the place of those to be graded, are errors', async (t) => {
  const refused = (files: string[], executed: string, message: RegExp): Promise<void> =>
    assert.rejects(
      gradeNotebooks({ files, executed, out: temporaryFolder(t) }),
      (error: unknown) => error instanceof UserError && message.test(error.message),
    );
  const folder = temporaryFolder(t);
  await refused([], folder, /no copy is given/);
  await refused([join(folder, 'a', 'a.ipynb')], folder, /would replace/);
});

test('the code of every solution answers right, in a process without a kernel', () => {
  const script = listNotebooks(SOLUTIONS).map((file) => {
    const { cells } = JSON.parse(readFileSync(file, 'utf8')) as NotebookFile;
    const code = cells
      .filter((cell) => cell.cell_type === 'code')
      .map((cell) => joined(cell.source));
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    return `(() => {${ts.transpileModule(code.join('\n'), { compilerOptions }).outputText}})();\n`;
  });
  const run = spawnSync(process.execPath, ['-e', script.join('')], { cwd: root, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  for (const id of EXERCISE_IDS) assert.ok(run.stdout.includes(`**${id}** Right: `), id);
});

test('every exercise has a committed solution, which was executed and is right', () => {
  for (const file of listNotebooks(SOLUTIONS)) {
    const records = recordsOf(file);
    const number = lessonOf(records[0].id);
    assert.deepEqual(
      records.map(({ id }) => id),
      EXERCISE_IDS.filter((id) => lessonOf(id) === number),
    );
    for (const { id, answer } of records) assert.equal(judge(id, answer).result, 'right', id);
  }
  assert.equal(listNotebooks(SOLUTIONS).length, listNotebooks(join(root, 'notebooks')).length);
});
