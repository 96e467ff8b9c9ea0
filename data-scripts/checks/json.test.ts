/** Every command has --json: stdout is only JSON, the last line its result. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AV_EXPERIMENTS, avMnistProblem, avTuning } from '@mckd/lib/avmnist';
import { KIT_ROOT, NUMERICS } from '@mckd/lib/base';
import { readReference } from '@mckd/lib/checks';
import { buildConfig } from '@mckd/lib/config';
import { cellFolder, cellsOf, readRuns, runFile, writeRuns } from '@mckd/lib/experiment';
import { madeUpResults } from '@mckd/lib/fixtures/av-mnist-runs';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { fiveCases, objectsOf, rowsOf, toldBy } from './json-lines';
import { buildProgram } from '../cli/mckd';
import { reportTo } from '../terminal/report';
import { restoreDeclared, runDeclared, tuneAvMnist } from '../commands/experiments';

test('every command has --json except inspect, which prints nothing else', () => {
  const all = buildProgram().commands.flatMap((command) => [command, ...command.commands]);
  const leaves = all.flatMap((command) =>
    command.commands.length > 0 ? command.commands : command,
  );
  const without = leaves.filter(
    (command) => !command.options.some(({ long }) => long === '--json'),
  );
  assert.deepEqual(
    without.map((command) => command.name()).filter((name) => name !== 'inspect'),
    [],
  );
});

test('a report: text lines, or JSON with NaN as null', (t) => {
  let said: Record<'log' | 'error', string[]>;
  t.mock.method(console, 'log', (line: string) => said.log.push(line));
  t.mock.method(console, 'error', (line: string) => said.error.push(line));
  const tell = (json: boolean): typeof said => {
    said = { log: [], error: [] };
    const report = reportTo({ json });
    report.say('begun');
    report.event({ step: 1 });
    report.result({ dice: NaN }, 'Dice: none');
    report.result({ more: [] });
    return said;
  };
  assert.deepEqual(tell(false), { log: ['begun', 'Dice: none'], error: [] });
  assert.deepEqual(tell(true), {
    log: ['{"step":1}', '{"dice":null}', '{"more":[]}'],
    error: ['begun'],
  });
});

test('train: one event per line, the end last', async (t) => {
  const { root, data, env } = fiveCases(t);
  const tiny = ['--preset', 'smoke', '--set', 'brats.width=0.03125', '--data', data, '--out'];

  const out = join(root, 'train');
  const events = await objectsOf(['train', ...tiny, out], env);
  const kinds = events.map(({ kind }) => kind);
  assert.equal(kinds[0], 'start');
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'step').map(({ step }) => step),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(events.at(-1), {
    kind: 'end',
    stopped: false,
    step: 9,
    steps: 9,
    checkpoint: join(out, 'checkpoint.safetensors'),
    log: join(out, 'log.jsonl'),
  });
});

test('overfit, measure, notebook-text: valid objects', async (t) => {
  const root = temporaryFolder(t);
  writeMadeCase(join(root, 'data'), 'a');
  const env = { MCKD_CACHE: join(root, 'cache') };
  const tiny = ['--preset', 'smoke', '--set', 'brats.width=0.03125', '--steps', '2'];
  const [learned] = await objectsOf(['overfit', '--case', join(root, 'data', 'a'), ...tiny], env);
  assert.equal(learned.case, 'a');
  assert.ok((learned.steps as { loss: number }[]).every(({ loss }) => loss > 0));

  const steps = await objectsOf(['measure', ...tiny], env);
  assert.equal(steps.length, 2);
  assert.ok(steps.every(({ seconds }) => (seconds as number) > 0));

  const [texts] = await objectsOf(['notebook-text', '--check', '00']);
  assert.deepEqual(texts, { differences: [] });
});

test('parity: the verdict and each comparison', async (t) => {
  const root = temporaryFolder(t);
  const { float64, float32, parameters } = readReference();
  const smallest = join(root, 'reference.json');
  const one = { float64: float64.slice(2, 3), float32: float32.slice(2, 3), parameters };
  writeFileSync(smallest, JSON.stringify(one));
  const args = ['parity', smallest, '--precision', 'float32', '--out', join(root, 'out')];
  const [told, ...more] = await objectsOf(args);
  assert.deepEqual([more, told.equal], [[], true]);
  assert.ok((told.comparisons as { error: number }[]).every(({ error }) => error >= 0));
});

test('experiment run av-mnist-level: its tables, its runs to record, and these restored', async (t) => {
  const out = temporaryFolder(t);
  const facts = { provenance: 'real', protocol: 'av-mnist' } as const;
  const of = { ...facts, sha256: '0'.repeat(64), description: 'made up' };
  const config = buildConfig('smoke');
  const experiment = AV_EXPERIMENTS['av-mnist-level'](config);
  const made = madeUpResults(config).runs.find(({ arm }) => arm === 'mckd/speech/0.1');
  for (const cell of cellsOf(experiment)) {
    const place = { directory: join(out, 'runs', 'av-mnist'), data: of };
    const own = cellFolder(experiment.problem, cell, place);
    mkdirSync(own, { recursive: true });
    writeFileSync(runFile(own), JSON.stringify({ ...made, arm: cell.arm, seed: cell.seed }));
  }
  const options = { preset: 'smoke', set: [], json: true, out };
  const told = await toldBy(() => runDeclared('av-mnist-level', options, { load: async () => of }));
  assert.equal(told.results, join(out, 'av-mnist'));
  const [levels, differences] = told.tables as { rows: unknown[]; caption: string }[];
  assert.deepEqual([levels.rows.length, differences.rows.length], [5, 4]);
  assert.match(levels.caption, /Hypothesis: .*Primary outcome, declared before: /);
  const { runs, manifest } = readRuns(avMnistProblem, join(out, 'av-mnist', 'av-mnist-level'));
  assert.equal(runs.length, 5);
  assert.match(manifest.command, /experiment run av-mnist-level --preset smoke/);
  await assert.rejects(runDeclared('av-mnist-level', { ...options, fold: 2 }), /fold is 2/);

  const folder = join(out, 'av-mnist', 'av-mnist-level');
  const restore = (change: object) =>
    restoreDeclared('av-mnist-level', { ...options, ...change }, { load: async () => of, folder });
  // These have no code, so no numerics.
  await assert.rejects(restore({}), /left out: 5 of code that gives other numbers/);
  const code = { version: '0', commit: null, modified: false, numerics: NUMERICS.avMnist };
  const own = { command: 'made up', config, data: of, root: KIT_ROOT };
  writeRuns(folder, { ...own, runs: runs.map((run) => ({ ...run, code })) });
  const other = join(out, 'other');
  const { restored, there } = await toldBy(() => restore({ out: other }));
  assert.deepEqual([restored, there], [5, 0]);
  assert.equal(readdirSync(join(other, 'runs', 'av-mnist')).length, 5);
  await assert.rejects(restore({ preset: 'quick' }), /it is of preset smoke: --preset smoke/);
});

test('tune av-mnist: the trials and their table', async (t) => {
  // Its runs are finished already: its data are not on every machine.
  const av = temporaryFolder(t);
  const facts = { provenance: 'real', protocol: 'av-mnist' } as const;
  const of = { ...facts, sha256: '0'.repeat(64), description: 'made up' };
  const trials = avTuning();
  const [made] = madeUpResults(buildConfig('smoke')).runs;
  for (const cell of cellsOf(trials)) {
    const own = cellFolder(trials.problem, cell, { directory: av, data: of });
    mkdirSync(own, { recursive: true });
    writeFileSync(runFile(own), JSON.stringify({ ...made, arm: cell.arm, seed: cell.seed }));
  }
  const tuned = await toldBy(() => tuneAvMnist({ json: true, out: av }, { load: async () => of }));
  assert.deepEqual([tuned.folder, rowsOf(tuned)], [av, 4]);
});
