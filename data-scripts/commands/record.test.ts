import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sha256 } from '@mckd/lib/base';
import { COMPARED, recordedBrats, recordedTuning, recordedWeights } from '@mckd/lib/brats';
import { buildConfig, type Config } from '@mckd/lib/config';
import { writeRecordedTable, writeRuns } from '@mckd/lib/experiment';
import { writeFinishedRun } from '@mckd/lib/fixtures/brats-runs';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { BENCH_SECTIONS, LONG_SECTIONS } from '../bench/options';
import { FAULT_PARTS } from '../faults/options';
import { RECORDED, type RecordedName } from '../terminal/recorded-names';
import { writeSection, type SectionResult } from '../bench/report';
import { record } from './record';

const kit = findKitRoot(__dirname);

/** A folder like the kit's root, with copies of these names of lib/recorded. */
function kitWith(t: TestContext, ...names: string[]): string {
  const root = temporaryFolder(t);
  for (const name of names) {
    const [from, to] = [kit, root].map((one) => join(one, 'lib', 'recorded', name));
    cpSync(from, to, { recursive: true });
  }
  return root;
}

/** Hash of every file under lib/recorded. */
function recordedIn(root: string): Record<string, string> {
  const folder = join(root, 'lib', 'recorded');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return Object.fromEntries(files.map((file) => [file, sha256(readFileSync(file))]));
}

/** Asserts that nothing is recorded. */
async function refuses(
  root: string,
  name: RecordedName,
  message: RegExp,
  options = {},
): Promise<void> {
  const before = recordedIn(root);
  await assert.rejects(record(name, options, root), message);
  assert.deepEqual(recordedIn(root), before);
}

function leave(root: string, file: string, content: unknown): void {
  const path = join(root, 'results', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}

const read = (root: string, file: string): unknown =>
  JSON.parse(readFileSync(join(root, file), 'utf8'));

test('without a run, the record is kept', async (t) => {
  const root = kitWith(t, '.');
  for (const name of Object.keys(RECORDED) as RecordedName[]) {
    // Its runs are searched one by one, after reading its data.
    if (name === 'av-mnist-paper') continue;
    await refuses(
      root,
      name,
      /results.*(missing|not there|can.t be read|cannot be read|0 of \d+ sections|has no run)/,
    );
  }
});

test('a comparison: the networks and the runs, or neither', async (t) => {
  const root = kitWith(t);
  const [place, to] = [
    join(root, 'results/standard/brats'),
    join(root, 'lib/recorded/brats-standard'),
  ];
  const data = {
    description: 'made up',
    sha256: 'd',
    provenance: 'phantom',
    protocol: 'phantoms',
  } as const;
  const make = (config: Config, weightsOfSeed: number): void => {
    const facts = { config, dataHash: data.sha256, weightsOfSeed };
    const runs = COMPARED.map(({ key: arm }) =>
      writeFinishedRun(join(place, 'runs'), { arm, ...facts }),
    );
    const how = { command: 'npx mckd compare', config, data, root: kit };
    writeRuns(join(place, 'comparison'), { runs, ...how });
  };
  const config = buildConfig('smoke');
  make(config, 0);
  const said = await record('brats-standard', {}, root);
  assert.match(
    said,
    /^recorded in lib.recorded.brats-standard: its runs, 3 core-minutes\nrecorded:/,
  );
  const weights = recordedWeights([join(to, 'weights')]);

  const other = buildConfig('smoke', { brats: { learningRate: 0.5 } });
  make(other, 1);
  await refuses(root, 'brats-standard', /recorded and now: settings\); nothing is written/);
  const runs = join(place, 'runs');
  cpSync(runs, `${runs}-kept`, { recursive: true });
  rmSync(runs, { recursive: true });
  await refuses(root, 'brats-standard', /not fully trained/, { replace: true });
  cpSync(`${runs}-kept`, runs, { recursive: true });
  await record('brats-standard', { replace: true }, root);
  assert.deepEqual(recordedBrats(to).config, other);
  const now = recordedWeights([join(to, 'weights')]);
  assert.ok(now.every(({ sha256: sum }, i) => sum !== weights[i].sha256));
  const elsewhere = join(root, 'elsewhere');
  cpSync(place, elsewhere, { recursive: true });
  rmSync(place, { recursive: true });
  await record('brats-standard', { from: join(elsewhere, 'comparison') }, root);
});

test('trials: those of other data or settings, or over trials without theirs, only with --replace', async (t) => {
  const root = kitWith(t, 'brats-settings.json');
  const make = (preset: string, sum: string): void =>
    writeRecordedTable(join(root, 'results/tune/brats/settings.json'), recordedTuning(), {
      command: 'made up',
      config: buildConfig(preset),
      data: { description: 'x', sha256: sum, provenance: 'phantom', protocol: 'phantoms' },
      root: kit,
    });
  make('smoke', 'a');
  await refuses(root, 'brats-settings', /does not say with which settings and data/);
  await record('brats-settings', { replace: true }, root);
  make('smoke', 'b');
  await refuses(root, 'brats-settings', /recorded and now: data\)/);
  make('quick', 'a');
  await refuses(root, 'brats-settings', /preset smoke and quick/);
  make('smoke', 'a');
  assert.match(await record('brats-settings', {}, root), /: 5 trials$/);
});

test('only parity in both precisions, with the kit’s own reference numbers, is recorded', async (t) => {
  const root = kitWith(t, 'parity.json');
  const reference = sha256(readFileSync(join(kit, 'lib', 'checks', 'parity', 'brats-mckd.json')));
  const good = {
    command: 'npm run parity',
    summary: 'PARITY; made up',
    equal: true,
    precisions: ['float64', 'float32'],
    referenceSha256: reference,
  };
  for (const [change, message] of [
    [{ equal: false }, /shows no parity/],
    [{ precisions: ['float64'] }, /lacks a precision/],
    [{ referenceSha256: 'other' }, /is of other reference numbers/],
  ] as const) {
    leave(root, 'parity/summary.json', { ...good, ...change });
    await refuses(root, 'parity', message);
  }
  leave(root, 'parity/summary.json', good);
  assert.match(await record('parity', {}, root), /parity\.json: PARITY; made up/);
  assert.deepEqual(read(root, 'lib/recorded/parity.json'), good);
});

test('only full runs of every part of a benchmark or of faults are recorded', async (t) => {
  const root = kitWith(t, 'bench', 'faults.json');
  const old = 'lib/recorded/bench/avx-512';
  const { hardware } = read(root, `${old}/machine.json`) as SectionResult['machine'];
  const section = (name: string, peer: string | null, instructions = 'AVX2'): void =>
    writeSection(join(root, 'results', 'bench'), name, {
      rows: [{ work: name, ours: 1, peer: 1, unit: 's', ratio: 1, goal: 1 }],
      machine: { quick: false, peer, hardware, instructions, minutes: 1 },
    });
  for (const name of BENCH_SECTIONS.slice(1)) section(name, 'PyTorch');
  const all = BENCH_SECTIONS.length;
  await refuses(root, 'bench', new RegExp(`has ${all - 1} of ${all} sections`));
  section(BENCH_SECTIONS[0], null);
  await refuses(
    root,
    'bench',
    new RegExp(`${all} of ${all} sections at full size, 1 of them without a peer`),
  );
  section(BENCH_SECTIONS[0], 'PyTorch', 'AVX-512');
  await refuses(root, 'bench', /several kinds of processor \(AVX-512, AVX2\)/);
  section(BENCH_SECTIONS[0], 'PyTorch');
  for (const name of LONG_SECTIONS) rmSync(join(root, `results/bench/sections/${name}.json`));
  await record('bench', {}, root);
  const { absent } = read(root, 'lib/recorded/bench/avx2/machine.json') as SectionResult['machine'];
  assert.deepEqual(absent, LONG_SECTIONS);
  for (const name of LONG_SECTIONS) section(name, 'PyTorch');
  const before = read(root, `${old}/bench.json`);
  await record('bench', {}, root);
  assert.equal((read(root, 'lib/recorded/bench/avx2/bench.json') as unknown[]).length, all);
  assert.deepEqual(read(root, `${old}/bench.json`), before, 'of another kind of processor');
  await refuses(root, 'step-ops', /0 of 1 sections at full size/);

  const parts = (bad: string[]): object =>
    Object.fromEntries(FAULT_PARTS.map((part) => [part, { figures: {}, bad }]));
  leave(root, 'faults/faults.json', { quick: true, parts: parts([]) });
  await refuses(root, 'faults', /is of a quick run/);
  leave(root, 'faults/faults.json', { quick: false, parts: { ...parts([]), soak: undefined } });
  await refuses(root, 'faults', /without a good run of soak/);
  leave(root, 'faults/faults.json', { quick: false, parts: parts(['it grows']) });
  await refuses(root, 'faults', /without a good run of kills, av-kills/);
  leave(root, 'faults/faults.json', { quick: false, parts: parts([]) });
  await record('faults', {}, root);
  assert.deepEqual(read(root, 'lib/recorded/faults.json'), { quick: false, parts: parts([]) });
});

test('the distribution over cores is recorded only for the same trainings', async (t) => {
  const root = kitWith(t, 'processes.json');
  const now = read(root, 'lib/recorded/processes.json') as { rows: object[] };
  const { rows } = now;
  leave(root, 'processes/processes.json', {
    ...now,
    rows: rows.map((row) => ({ ...row, width: 0.5 })),
  });
  await refuses(root, 'processes', /is of other trainings than/);
  leave(root, 'processes/processes.json', {
    ...now,
    rows: rows.map((row) => ({ ...row, peakGiB: 7 })),
  });
  assert.match(await record('processes', {}, root), /4 rows/);
  assert.ok(existsSync(join(root, 'lib/recorded/processes.json')));
});
