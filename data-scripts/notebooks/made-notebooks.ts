/** For tests of the runner: notebooks of some cells, a run of them, and their faults. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { UserError } from '@mckd/lib/base';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot, type Manifest } from '@mckd/lib/report';
import type { NotebookFile } from './faults';
import { runNotebooks } from './run';

const root = findKitRoot(__dirname);

/** A notebook of these code cells, not run yet. */
export function fixture(cells: string[]): NotebookFile {
  return {
    cells: [
      { cell_type: 'markdown', id: 'head', source: '# A *fixture*', metadata: {} },
      ...cells.map((source, index) => ({
        cell_type: 'code',
        id: `cell${index}`,
        source,
        outputs: [],
        execution_count: null,
        metadata: {},
      })),
    ],
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

export interface NotebooksPlace {
  folder: string;
  results: string;
}

/** A fresh folder under `work` with notebooks of these cells, and a results folder beside it. */
export function folderWith(
  work: string,
  name: string,
  notebooks: Record<string, string[]>,
): NotebooksPlace {
  const folder = join(work, name, 'notebooks');
  mkdirSync(folder, { recursive: true });
  for (const [file, cells] of Object.entries(notebooks)) {
    writeFileSync(join(folder, `${file}.ipynb`), JSON.stringify(fixture(cells)));
  }
  return { folder, results: join(work, name, 'results') };
}

/** Runs notebooks at smoke, and returns what is shown. */
export async function run(place: NotebooksPlace, only?: string[], save = false): Promise<string> {
  const stream = new PassThrough();
  let shown = '';
  stream.on('data', (text: Buffer) => (shown += text.toString()));
  await runNotebooks({
    preset: 'smoke',
    only,
    save,
    root,
    notebookDirectory: place.folder,
    resultsDirectory: place.results,
    stream: stream as unknown as NodeJS.WriteStream,
  });
  return shown;
}

/** The cells of a notebook that saves a table and a figure. */
export const good = (name: string, table: string): string[] => [
  `import { startNotebook, finishNotebook, figures, type Table } from '@mckd/lib';
   const notebook = startNotebook('${name}');
   const table: Table = { name: '${table}', title: 'T', caption: 'c', columns: [{ key: 'a', title: 'a' }], rows: [{ a: 1 }] };`,
  `notebook.show(table);
   const figure = figures.curves({ name: '${table}-curve', title: 'curve', x: { title: 'x' }, y: { title: 'y' }, series: [{ name: 's', y: [1, 2] }] });
   notebook.show(figure);`,
  `await finishNotebook([{ claim: notebook.config.preset, holds: true }]);`,
];

const start = `import { startNotebook, finishNotebook } from '@mckd/lib';\nconst notebook = startNotebook('01-bad');`;
const finish = 'await finishNotebook();';

/** Cells, and the message about them. */
type Fault = readonly [cells: string[], message: RegExp];

/** Each takes a kernel of its own. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'a thrown error': [
    [start, `throw new Error('the file is gone');`, finish],
    /^notebook 01-bad, cell 2 of 3: Error: the file is gone$/,
  ],
  'a floating rejection': [
    [start, `void Promise.reject(new Error('nobody waited'));`, finish],
    /nobody waited/,
  ],
  'a kernel that dies': [[start, `process.exit(3);`, finish], /cell 2 of 3: the kernel died/],
};

export const MORE_FAULTS: Readonly<Record<string, Fault>> = {
  'a rejected await': [
    [start, `await Promise.reject(new RangeError('too far'));`, finish],
    /cell 2 of 3: RangeError: too far/,
  ],
  'a type error': [
    [start, `const count: number = 'three';`, finish],
    /cell 2 of 3: .*Type 'string' is not assignable to type 'number'/,
  ],
  'text on stderr': [
    [start, `console.warn('something is odd');`, finish],
    /cell 2 of 3: something is odd/,
  ],
  'a missing marker': [
    [start, `console.log('the end');`],
    /cell 2 of 2: the last cell did not print "MCKD NOTEBOOK COMPLETE 01-bad"/,
  ],
};

/** A test per fault: the run ends, with notebook, cell and error. */
export function testFaults(faults: Readonly<Record<string, Fault>>): void {
  for (const [name, [cells, message]] of Object.entries(faults)) {
    void test(`${name} fails with the notebook, the cell and the error`, async (t) => {
      const place = folderWith(temporaryFolder(t), name.replace(/ /g, '-'), {
        '01-bad': cells,
        '02-after': good('02-after', 'after'),
      });
      await assert.rejects(
        run(place),
        (error: unknown) => error instanceof UserError && message.test(error.message),
      );
      const manifest = JSON.parse(
        readFileSync(join(place.results, 'manifest.json'), 'utf8'),
      ) as Manifest;
      assert.deepEqual(
        manifest.notebooks.map(({ status }) => status),
        ['failed'],
      );
      assert.ok(
        existsSync(join(place.results, 'notebooks', '01-bad.ipynb')),
        'the executed notebook exists',
      );
      const report = readFileSync(join(place.results, 'report.html'), 'utf8');
      assert.ok(report.includes('Failed: 01-bad'));
    });
  }
}
