import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import threads from 'node:worker_threads';
import { UserError } from '../../base/errors';
import { findCases, readCase } from '../brats';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { splitsOfFolder } from '../brats/splits';
import { verifyDataSet } from '../brats/verify';
import { phantomName } from './case';
import { readManifest } from './description';
import { ensurePhantom, makePhantoms, type MakePhantomsOptions } from './make-set';
import { phantomSettings, type PhantomOptions } from './options';
import { madeAnatomy } from '../../checks/fixtures/phantom';
import { gradeOf } from './tumour-plan';

const SIZE = [32, 32, 24] as const;
const made = { anatomy: madeAnatomy(), size: SIZE, cases: 6, seed: 3 };

async function make(directory: string, options: MakePhantomsOptions = {}): Promise<string[]> {
  const names: string[] = [];
  for await (const event of makePhantoms(directory, { ...made, ...options })) {
    if (event.kind === 'case') names.push(event.name);
  }
  return names.sort();
}

test('a thread that ends, or is refused by the system, is one sentence, and none is left', async (t) => {
  const { Worker } = threads;
  t.after(() => Object.assign(threads, { Worker }));
  const starts: [(begun: number) => threads.Worker, RegExp][] = [
    [() => new Worker('process.exit(5)', { eval: true }), /ended with exit code 5$/],
    [() => new Worker('/no/such/worker.js'), /ended: Cannot find module/],
    [
      (begun) => {
        if (begun === 0) return new Worker('setInterval(() => {}, 1000)', { eval: true });
        throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
      },
      /could not be started \(EAGAIN: there are too many/,
    ],
  ];
  for (const [start, sentence] of starts) {
    const ended: Promise<unknown>[] = [];
    const Replaced = function (file: string, options: threads.WorkerOptions): threads.Worker {
      // The thread that keeps the set's lock.
      if (options.eval) return new Worker(file, options);
      const worker = start(ended.length);
      ended.push(new Promise((done) => worker.once('exit', done)));
      return worker;
    };
    Object.assign(threads, { Worker: Replaced });
    const made = make(temporaryFolder(t), { workers: 2 });
    await assert.rejects(made, (error: Error) => {
      assert.match(error.message, sentence);
      return error instanceof UserError;
    });
    await Promise.all(ended);
  }
});

/** Every file of a folder, by its path in it. */
function filesIn(directory: string): Map<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .sort()
      .map((file) => [path.relative(directory, file), readFileSync(file)]),
  );
}

test('a set is valid: verified, read as BraTS, split by its lists', async (t) => {
  const folder = temporaryFolder(t);
  await make(folder, { cases: 10 });
  const found = await verifyDataSet(folder);
  assert.deepEqual(found.faults, []);
  assert.deepEqual([found.cases, found.scans, found.labelled], [10, 40, 10]);
  const cases = findCases(folder);
  assert.deepEqual(
    cases.filter(({ grade }) => grade === 'LGG').map(({ name }) => name),
    ['Phantom_0004_1', 'Phantom_0008_1'],
  );
  const { scans, labels, stored } = await readCase(cases[0]);
  assert.equal(stored.axes, 'LPS');
  assert.deepEqual(stored.shape, SIZE);
  assert.ok(scans.t1ce && labels && labels.includes(4));
  const { train, metaValidation, test: held, source } = splitsOfFolder(folder, cases);
  assert.deepEqual([source, train.length, metaValidation.length, held.length], ['lists', 3, 5, 2]);
  assert.equal(new Set([...train, ...metaValidation, ...held]).size, 10);
  const readme = readFileSync(path.join(folder, 'README.txt'), 'utf8');
  assert.match(readme, /10 cases \(8 HGG, 2 LGG\) of 32 x 32 x 24 voxels, 7.5 mm; seed 3/);
  const manifest = readManifest(folder);
  assert.deepEqual([manifest?.complete, manifest?.anatomy.name], [true, 'an egg']);
});

test('the same options give the same bytes, whatever the number of threads', async (t) => {
  const [one, two] = [temporaryFolder(t), temporaryFolder(t)];
  await make(one, { workers: 1 });
  await make(two, { workers: 2 });
  const [first, second] = [filesIn(one), filesIn(two)];
  assert.equal(first.size, 6 * 5 + 5);
  assert.deepEqual([...first.keys()], [...second.keys()]);
  for (const [file, bytes] of first) assert.ok(second.get(file)?.equals(bytes), file);
});

test('a set resumes, and grows; existing cases are kept', async (t) => {
  const [folder, whole] = [temporaryFolder(t), temporaryFolder(t)];
  await make(folder, { cases: 4 });
  const placeOf = (index: number): string => path.join(gradeOf(index), phantomName(index));
  rmSync(path.join(folder, placeOf(1)), { recursive: true });
  // Left by a process that was killed: no process has this id.
  writeFileSync(path.join(folder, 'HGG', '.Phantom_0009_1.part-4194305'), '');
  const before = statSync(path.join(folder, placeOf(0))).mtimeMs;
  const names = await make(folder);
  assert.deepEqual(names, [1, 4, 5].map(phantomName));
  assert.equal(statSync(path.join(folder, placeOf(0))).mtimeMs, before);
  await make(whole);
  assert.deepEqual(filesIn(folder), filesIn(whole));
});

test('stopped between two cases, the set is incomplete and the next run makes the rest', async (t) => {
  const folder = temporaryFolder(t);
  let planned = 0;
  for await (const event of makePhantoms(folder, { ...made, workers: 1 })) {
    if (event.kind === 'plan') planned = event.total - event.done;
    else break;
  }
  assert.equal(planned, 6);
  assert.match(readFileSync(path.join(folder, 'manifest.json'), 'utf8'), /"complete": false/);
  const rest = await make(folder);
  assert.ok(rest.length > 0 && rest.length < 6, `${String(rest)}`);
  assert.deepEqual((await verifyDataSet(folder)).faults, []);
});

test('of two that start at once, one makes the set and the other reports that it waits', async (t) => {
  const folder = temporaryFolder(t);
  const said: string[] = [];
  const [some, rest] = await Promise.all(
    [1, 2].map(() => make(folder, { workers: 1, say: (line) => said.push(line) })),
  );
  assert.deepEqual([some.length, rest.length].sort(), [0, 6]);
  assert.deepEqual(said, [`another process makes the phantoms in ${folder}; waiting for it`]);
  assert.ok(!readdirSync(folder).some((name) => name.includes('lock')));
});

test('a folder of something else is not touched; other phantoms are replaced with --force', async (t) => {
  const [folder, other] = [temporaryFolder(t), temporaryFolder(t)];
  writeFileSync(path.join(other, 'thesis.txt'), 'years of work');
  await assert.rejects(make(other, { force: true }), {
    name: 'UserError',
    message: /holds thesis\.txt and no phantoms; choose a new or empty folder/,
  });
  await make(folder, { cases: 3 });
  await assert.rejects(
    make(folder, { cases: 2 }),
    /holds other phantoms \(3 cases of 32 x 32 x 24/,
  );
  await assert.rejects(make(folder, { seed: 4 }), /seed 3, format \d+\); .* with --force/);
  await make(folder, { cases: 2, seed: 4, force: true });
  assert.equal(findCases(folder).length, 2);
});

test('the cache keeps one set per choice of options, makes it once, and repairs it', async (t) => {
  const cacheDirectory = temporaryFolder(t);
  let events = 0;
  const ensure = (options: PhantomOptions = {}): Promise<string> =>
    ensurePhantom({ ...made, cases: 2, cacheDirectory, onEvent: () => (events += 1), ...options });
  const folder = await ensure();
  assert.ok(folder.startsWith(cacheDirectory));
  assert.equal(events, 3);
  assert.equal(await ensure(), folder);
  assert.equal(events, 3);
  assert.notEqual(await ensure({ seed: 5 }), folder);
  const lost = path.join(folder, 'HGG', phantomName(1));
  rmSync(lost, { recursive: true });
  assert.equal(await ensure(), folder);
  assert.ok(existsSync(lost));
});

test('wrong options: the error names option, value and range', () => {
  const faults: [PhantomOptions, RegExp][] = [
    [{ cases: 0 }, /cases is 0; give a whole number from 1 to 9999/],
    [{ seed: -1 }, /seed is -1/],
    [{ cases: 10, testCases: 10 }, /test cases is 10; give a whole number from 0 to 9/],
    [{ cases: 10, metaValidationCases: 8 }, /meta-validation cases is 8; .* from 0 to 7/],
    [{ size: [64, 64] }, /size is 64,64; give three whole numbers from 16 to 512/],
    [{ size: [64, 64, 8] }, /size is 64,64,8/],
    [{ spacing: 0 }, /spacing is 0 mm; give a voxel size from 0.5 to 15 mm/],
    [{ spacing: 2, size: [64, 64, 48] }, /both size and spacing are given/],
  ];
  for (const [options, message] of faults) {
    assert.throws(() => phantomSettings(options), { name: 'UserError', message });
  }
});
