import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '@mckd/lib/base';
import { findKitRoot } from '@mckd/lib/report';
import { notebooksFromText, outOfStep, textFromNotebooks } from './notebook-text';
import { joined, type NotebookFile } from './faults';
import { notebookJson } from './notebook-json';
import { readNotebook } from './results';
import { listNotebooks } from './run';
import { withStills } from './stills';

const root = findKitRoot(__dirname);
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'mckd-text-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = `// %% [markdown]
// # 05 · Title
// With *stress* and $w_i$.

// %%
import { startNotebook } from '@mckd/lib';
const notebook = startNotebook('05-x');

// %%
await Promise.resolve();
`;

function read(): NotebookFile {
  return JSON.parse(readFileSync(join(folder, '05-x.ipynb'), 'utf8')) as NotebookFile;
}

test('from text to notebook and back; cells that did not change keep their outputs', () => {
  const options = { root, notebookDirectory: folder };
  writeFileSync(join(folder, '05-x.ts'), TEXT);
  assert.deepEqual(outOfStep(options), ['05-x.ipynb is missing beside 05-x.ts']);
  assert.deepEqual(notebooksFromText(options), [join(folder, '05-x.ipynb')]);
  const made = read();
  assert.deepEqual(
    made.cells.map((cell) => cell.cell_type),
    ['markdown', 'code', 'code'],
  );
  assert.equal((made.metadata.kernelspec as { name: string }).name, 'tslab');
  assert.deepEqual(outOfStep(options), []);

  made.cells[1].outputs = [{ output_type: 'stream', name: 'stdout', text: ['kept\n'] }];
  made.cells[1].execution_count = 1;
  made.cells[2].outputs = [{ output_type: 'stream', name: 'stdout', text: ['old\n'] }];
  writeFileSync(join(folder, '05-x.ipynb'), JSON.stringify(made));
  writeFileSync(join(folder, '05-x.ts'), TEXT.replace('resolve()', 'resolve(2)'));
  assert.match(outOfStep(options)[0], /05-x\.ts and 05-x\.ipynb differ from line 10/);
  notebooksFromText({ ...options, only: ['05'] });
  assert.deepEqual(outOfStep(options), []);
  assert.equal(read().cells[1].outputs?.length, 1);
  assert.deepEqual(read().cells[2].outputs, [], 'similar code is other code');

  const changed = read();
  changed.cells[2].source = 'await Promise.resolve(3);';
  writeFileSync(join(folder, '05-x.ipynb'), JSON.stringify(changed));
  textFromNotebooks(options);
  assert.ok(readFileSync(join(folder, '05-x.ts'), 'utf8').includes('resolve(3)'));
  assert.throws(() => notebooksFromText({ ...options, only: ['77'] }), UserError);
});

const EXERCISE = `
// %% [markdown]
// **05.1** What is one and one?

// %%
const q1 = 1;
mckd.check('05.1', undefined);
`;
const SOLUTION = `
// %% tags=["solution"]
const two = q1 + 1;
mckd.check('05.1', two);
`;

test('solutions are in the text, and in a notebook of their own', () => {
  const options = { root, notebookDirectory: join(folder, 'solved') };
  const file = (...parts: string[]): string => join(options.notebookDirectory, ...parts);
  mkdirSync(options.notebookDirectory);
  const text = `${TEXT}${EXERCISE}${SOLUTION}`;
  writeFileSync(file('05-x.ts'), text);
  assert.deepEqual(notebooksFromText(options), [
    file('05-x.ipynb'),
    file('solutions', '05-x.ipynb'),
  ]);
  assert.deepEqual(outOfStep(options), []);
  const sources = (notebook: string): string[] =>
    (JSON.parse(readFileSync(notebook, 'utf8')) as NotebookFile).cells.map(({ source }) =>
      joined(source),
    );
  assert.deepEqual(sources(file('05-x.ipynb')).slice(3), [
    '**05.1** What is one and one?',
    "const q1 = 1;\nmckd.check('05.1', undefined);",
  ]);
  const solved = sources(file('solutions', '05-x.ipynb'));
  assert.match(solved[0], /^# Solutions: 05 · Title\n/);
  assert.deepEqual(solved.slice(1), [
    "import * as mckd from '@mckd/lib';",
    '**05.1** What is one and one?',
    "const q1 = 1;\nconst two = q1 + 1;\nmckd.check('05.1', two);",
  ]);

  // Back from the notebook: the solution stays, unless its exercise is gone.
  textFromNotebooks(options);
  assert.equal(readFileSync(file('05-x.ts'), 'utf8').trimEnd(), text.trimEnd());
  writeFileSync(file('05-x.ts'), text.replace('q1 + 1', '1 + q1'));
  assert.match(outOfStep(options).join(), /05-x\.ts and solutions\/05-x\.ipynb differ/);
  writeFileSync(file('05-x.ts'), `${TEXT}${EXERCISE.replace('05.1', '05.2')}${SOLUTION}`);
  assert.match(outOfStep(options).join(), /05-x\.ts and 05-x\.ipynb differ/);
  notebooksFromText({ ...options, only: ['05'] });
  const other = JSON.parse(readFileSync(file('05-x.ipynb'), 'utf8')) as NotebookFile;
  other.cells = other.cells.slice(0, 3);
  writeFileSync(file('05-x.ipynb'), JSON.stringify(other));
  assert.throws(() => textFromNotebooks(options), /has a solution of 05\.1, but no cell/);
});

test('the notebooks of the kit agree with their texts', () => {
  assert.deepEqual(outOfStep({ root }), []);
});

/** Bytes; GitHub shows no notebook that is much larger than a megabyte. */
const MOST_BYTES = 600_000;
const MOST_BYTES_OF_01 = 400_000;

test('the notebooks stay small enough for every viewer', () => {
  const sizes = listNotebooks(join(root, 'notebooks')).map((file) => ({
    name: basename(file),
    bytes: statSync(file).size,
  }));
  assert.deepEqual(
    sizes.filter(
      ({ name, bytes }) => bytes > (name.startsWith('01') ? MOST_BYTES_OF_01 : MOST_BYTES),
    ),
    [],
  );
});

test('each figure of the notebooks is there for plotly, as a still of today, and as text', () => {
  for (const file of listNotebooks(join(root, 'notebooks'))) {
    const notebook = readNotebook(file);
    assert.equal(
      notebookJson(withStills(notebook)) === notebookJson(notebook),
      true,
      `${basename(file)}: npx mckd notebook-text --stills renews it`,
    );
  }
});

test('the texts of the notebooks pass the type check', () => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const checked = spawnSync(process.execPath, [tsc, '-p', join(root, 'notebooks')], {
    encoding: 'utf8',
  });
  assert.equal(checked.stdout.trim(), '');
  assert.equal(checked.status, 0);
});

/** A longer line of code is cut where notebooks are read. */
const WIDEST = 120;

test('no line of code in the notebooks is too wide', () => {
  const folder = join(root, 'notebooks');
  const wide = readdirSync(folder)
    .filter((file) => /^\d\d-.*\.ts$/.test(file))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          line.length > WIDEST && !line.startsWith('//') ? [`${file}:${i + 1}`] : [],
        ),
    );
  assert.deepEqual(wide, []);
});
