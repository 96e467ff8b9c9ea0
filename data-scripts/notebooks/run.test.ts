import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { takeLock, UserError } from '@mckd/lib/base';
import { findKitRoot, type Manifest, type RoCrate } from '@mckd/lib/report';
import { environmentPython, executeNotebook, type ExecutionEvent } from './execute';
import { findFault, type NotebookFile } from './faults';
import { FAULTS, fixture, folderWith, good, run, testFaults } from './made-notebooks';
import { notebookJson } from './notebook-json';
import { listNotebooks, runNotebooks } from './run';

const root = findKitRoot(__dirname);
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'mckd-run-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

test('good notebooks: executed copies, tables, figures, manifest and report; a second run keeps the others', async () => {
  const place = folderWith(work, 'good', {
    '01-first': good('01-first', 'one'),
    '02-second': good('02-second', 'two'),
  });
  const shown = await run(place);
  assert.match(shown, /01-first {2}cell 3\/3/);
  assert.match(shown, /02-second {2}passed/);
  const files = (kind: string): string[] => readdirSync(join(place.results, kind)).sort();
  assert.deepEqual(files('notebooks'), ['01-first.ipynb', '02-second.ipynb']);
  assert.deepEqual(
    files('tables').filter((file) => file.endsWith('.csv')),
    ['one.csv', 'two.csv'],
  );
  assert.deepEqual(files('figures'), [
    'one-curve.json',
    'one-curve.svg',
    'two-curve.json',
    'two-curve.svg',
  ]);
  const manifest = (): Manifest =>
    JSON.parse(readFileSync(join(place.results, 'manifest.json'), 'utf8')) as Manifest;
  assert.deepEqual(
    manifest().notebooks.map(({ name, status }) => [name, status]),
    [
      ['01-first', 'passed'],
      ['02-second', 'passed'],
    ],
  );
  assert.equal(manifest().preset, 'smoke');
  const report = readFileSync(join(place.results, 'report.html'), 'utf8');
  assert.ok(
    report.includes('id="table-01-first-one"') &&
      report.includes('id="figure-02-second-two-curve"'),
  );
  assert.ok(report.includes('>A fixture<'));
  const crate = (): string[] => {
    const text = readFileSync(join(place.results, 'ro-crate-metadata.json'), 'utf8');
    return (JSON.parse(text) as RoCrate)['@graph'].map((entity) => entity['@id']);
  };
  for (const file of ['manifest.json', 'report.html', 'tables/one.csv', 'figures/two-curve.svg'])
    assert.ok(crate().includes(file), file);

  // The second notebook now saves another table: the old one goes, the first notebook's stay.
  const changed = folderWith(work, 'good', { '02-second': good('02-second', 'three') });
  await run(changed, ['02'], true);
  assert.deepEqual(
    files('tables').filter((file) => file.endsWith('.csv')),
    ['one.csv', 'three.csv'],
  );
  assert.equal(manifest().notebooks.length, 2);
  assert.ok(crate().includes('tables/three.csv') && !crate().includes('tables/two.csv'));
  const saved = JSON.parse(
    readFileSync(join(place.folder, '02-second.ipynb'), 'utf8'),
  ) as NotebookFile;
  assert.equal(findFault(saved, '02-second'), null);
  const first = JSON.parse(
    readFileSync(join(place.folder, '01-first.ipynb'), 'utf8'),
  ) as NotebookFile;
  assert.equal(
    first.cells[1].execution_count,
    null,
    '--save did not change the notebook that was not run',
  );
});

// `npm run test:slow` has more.
testFaults(FAULTS);

test('a cell may send more than 512 outputs without a pause', async () => {
  const place = folderWith(work, 'many', {
    '03-many': [
      "import * as mckd from '@mckd/lib';\nconst book = mckd.startNotebook('03-many');",
      'for (let i = 0; i < 700; i++) mckd.showMarkdown(`output ${i}`);',
      'await mckd.finishNotebook();',
    ],
  });
  await run(place);
  const executed = JSON.parse(
    readFileSync(join(place.results, 'notebooks', '03-many.ipynb'), 'utf8'),
  ) as NotebookFile;
  const outputs = executed.cells.flatMap((cell) => cell.outputs ?? []);
  const texts = outputs.map(({ data }) =>
    ([data?.['text/plain'] ?? ''].flat() as string[]).join(''),
  );
  assert.deepEqual(
    texts.filter((text) => text.startsWith('output')),
    Array.from({ length: 700 }, (_, i) => `output ${i}`),
  );
});

test('notebooks run on .venv’s Python, also if MCKD_PYTHON is set', (t) => {
  const asked = process.env.MCKD_PYTHON;
  t.after(() => {
    if (asked === undefined) delete process.env.MCKD_PYTHON;
    else process.env.MCKD_PYTHON = asked;
  });
  process.env.MCKD_PYTHON = process.execPath;
  assert.equal(environmentPython(root), join(root, '.venv', 'bin', 'python'));
});

test('a line on the runner’s pipe that is no event goes to the log', async () => {
  const place = folderWith(work, 'stray', { '01-stray': ['1'] });
  const executed = async (lines: string[]): Promise<ExecutionEvent[]> => {
    const python = join(work, 'python');
    writeFileSync(python, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`, { mode: 0o755 });
    const events: ExecutionEvent[] = [];
    const source = join(place.folder, '01-stray.ipynb');
    await executeNotebook({
      root,
      source,
      target: join(work, 'stray.ipynb'),
      preset: 'smoke',
      resultsDirectory: place.results,
      python,
      onEvent: (event) => events.push(event),
    });
    return events;
  };
  const finished = '{"event": "finished", "failed": false}';
  const stray = ['libfoo: a warning', '{"event": "cell", "ce', '7', 'null', '{}'];
  assert.deepEqual(await executed([...stray, finished]), [JSON.parse(finished)]);
  await assert.rejects(
    executed(stray),
    /ended with code 0 before its last cell:\nlibfoo: a warning/,
  );
});

test('Ctrl-C ends the run and the kernel', async () => {
  const pidFile = join(work, 'kernel.pid');
  const place = folderWith(work, 'stop', {
    '01-long': [
      `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(pidFile)}, String(process.pid));`,
      `await new Promise((done) => setTimeout(done, 600000));`,
    ],
    '02-after': good('02-after', 'after'),
  });
  const script = `require(${JSON.stringify(join(__dirname, 'run.js'))}).runNotebooks(${JSON.stringify(
    {
      preset: 'smoke',
      root,
      notebookDirectory: place.folder,
      resultsDirectory: place.results,
    },
  )}).catch((error) => { console.error(error.message); process.exit(1); });`;
  const runner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  runner.stdout.on('data', (text: Buffer) => (said += text.toString()));
  while (!existsSync(pidFile) && runner.exitCode === null)
    await new Promise((done) => setTimeout(done, 100));
  const kernel = Number(readFileSync(pidFile, 'utf8'));
  process.kill(kernel, 0);
  runner.kill('SIGINT');
  const code = await new Promise((resolve) => runner.on('close', resolve));
  assert.equal(code, 130);
  assert.match(said, /^01-long {2}stopped {2}\d+:\d\d\nstopped; [^\n]*\n$/m);
  const manifest = JSON.parse(
    readFileSync(join(place.results, 'manifest.json'), 'utf8'),
  ) as Manifest;
  assert.deepEqual(
    manifest.notebooks.map(({ name, status }) => [name, status]),
    [['01-long', 'stopped']],
  );
  const report = readFileSync(join(place.results, 'report.html'), 'utf8');
  assert.match(report, /Stopped: 01-long/);
  assert.doesNotMatch(report, /Failed:/);
  assert.throws(() => process.kill(kernel, 0), /ESRCH/, 'the kernel still runs');
});

test('an unknown preset, an unknown notebook and an empty folder are errors before anything is run', async () => {
  const { folder, results } = folderWith(work, 'checks', { '01-first': [], '06-sixth': [] });
  const options = { root, notebookDirectory: folder, resultsDirectory: results };
  await assert.rejects(runNotebooks({ ...options, preset: 'fast' }), /preset is "fast"/);
  await assert.rejects(
    runNotebooks({ ...options, preset: 'smoke', only: ['07'] }),
    /--only is "07".*01-first, 06-sixth/,
  );
  assert.ok(!existsSync(results));
  assert.deepEqual(listNotebooks(folder, ['6']), [join(folder, '06-sixth.ipynb')]);
  mkdirSync(join(work, 'empty'));
  assert.throws(() => listNotebooks(join(work, 'empty')), UserError);
});

test('a results folder in use by another run is an error before anything is run', async () => {
  const place = folderWith(work, 'locked', { '00-one': ['1'] });
  const release = await takeLock(place.results);
  await assert.rejects(
    run(place),
    new RegExp(`results is in use by another run .process ${process.pid} on`),
  );
  release();
  assert.deepEqual(readdirSync(place.results), []);
});

test('a committed notebook has a plot in one line, and is the same notebook', () => {
  const notebook = fixture(['1', '2']);
  const plot = {
    data: [{ type: 'heatmap', z: [[1, 2, null]] }],
    layout: { title: { text: '$& "a"' } },
  };
  notebook.cells[1].outputs = [
    { output_type: 'display_data', data: { 'application/vnd.plotly.v1+json': plot }, metadata: {} },
  ];
  notebook.cells[2].outputs = [
    {
      output_type: 'display_data',
      data: { 'application/vnd.plotly.v1+json': { data: [] }, 'text/plain': ['a', 'b'] },
      metadata: {},
    },
  ];
  const text = notebookJson(notebook);
  assert.deepEqual(JSON.parse(text), notebook);
  assert.ok(text.split('\n').some((line) => line.includes(JSON.stringify(plot))));
});
