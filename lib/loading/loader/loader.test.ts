import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import threads from 'node:worker_threads';
import { UserError } from '../../base/errors';
import { collectGarbage } from '../../base/garbage';
import { findCases } from '../../datasets/brats';
import { openPrepared } from '../prepared';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { NO_AUGMENTATION, PAPER_CROP } from '../sampling';
import type { Size3 } from '../../volume/size';
import {
  metaOrder,
  openLoader,
  trainingOrder,
  type Batch,
  type Loader,
  type LoaderOptions,
  type SampleSettings,
} from './index';

const NAMES = ['a', 'b', 'c'];
const BATCH = 2;

interface Made {
  data: string;
  options: LoaderOptions;
}

/** Crops without augmentation. */
function plainCrops(size: Size3): SampleSettings {
  return {
    crop: { ...PAPER_CROP, size, rescaleProbability: 0, classCentredProbability: 0 },
    mirror: { unmirroredProbability: 1 },
    augmentation: NO_AUGMENTATION,
  };
}

/** Three small cases, and a loader's options for seven steps of two samples. */
function makeSet(t: TestContext): Made {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  for (const name of NAMES) writeMadeCase(data, name);
  const stream = { seed: 5, name: 'training' };
  const options = {
    ...stream,
    cases: findCases(data),
    order: trainingOrder(NAMES, { ...stream, steps: 7, batch: BATCH }),
    batch: BATCH,
    settings: plainCrops([4, 5, 6]),
    prepared: { folder: join(root, 'prepared'), memoryBytes: 0 },
  };
  return { data, options };
}

async function all(loader: Loader): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.fail('no error'),
    (error: Error) => error,
  );
}

test('batches depend on seed, name, step and position, not on threads or the first step', async (t) => {
  const { options } = makeSet(t);
  const batches = await all(openLoader({ ...options, workers: 0 }));
  assert.deepEqual(
    batches.map(({ step }) => step),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(batches.map(({ cases }) => cases).flat(), options.order);
  for (const { images, regions, size } of batches) {
    assert.deepEqual([images.length, regions.length, size], [2 * 120 * 4, 2 * 120 * 3, [4, 5, 6]]);
  }
  for (const [workers, ahead] of [
    [1, 1],
    [2, 3],
    [3, 20],
  ]) {
    assert.deepEqual(await all(openLoader({ ...options, workers, ahead })), batches);
  }
  for (const [workers, firstStep] of [
    [0, 3],
    [2, 5],
    [1, 7],
  ]) {
    const resumed = openLoader({ ...options, workers, firstStep });
    assert.equal(resumed.step, firstStep);
    assert.deepEqual(await all(resumed), batches.slice(firstStep));
  }
  const inMemory = { ...options.prepared, memoryBytes: 1e9 };
  assert.deepEqual(await all(openLoader({ ...options, workers: 0, prepared: inMemory })), batches);
  for (const other of [{ seed: 6 }, { name: 'meta' }]) {
    assert.notDeepEqual(await all(openLoader({ ...options, ...other, workers: 0 })), batches);
  }
  // The same case at two positions, and at two steps, is cropped differently.
  const same = { ...options, order: ['a', 'a', 'a', 'a'], workers: 0 };
  const [first, second] = await all(openLoader(same));
  const half = first.images.length / 2;
  assert.notDeepEqual(first.images.slice(0, half), first.images.slice(half));
  assert.notDeepEqual(first.images, second.images);
});

test('a batch is [N, D, H, W, channels], padded where the case is smaller', async (t) => {
  const { options } = makeSet(t);
  const loader = openLoader({ ...options, settings: plainCrops([9, 8, 10]), workers: 1 });
  const { images, regions, cases } = await loader.next();
  await loader.close();
  const prepared = openPrepared(options.cases, options.prepared);
  for (const [n, name] of cases.entries()) {
    const reader = await prepared.open(name);
    const [D, H, W] = reader.size;
    assert.deepEqual([D, H, W], [7, 8, 9]);
    const whole = await reader.slab(0, D);
    for (let z = 0; z < 9; z++) {
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 10; x++) {
          const voxel = ((n * 9 + z) * 8 + y) * 10 + x;
          // One slice of zeros before and after; a column that is left over comes after.
          const [i, j] = [z - 1, x];
          const inside = i >= 0 && i < D && j < W;
          for (let c = 0; c < 4; c++) {
            const at = ((c * D + i) * H + y) * W + j;
            assert.equal(images[4 * voxel + c], inside ? whole.images[at] : 0);
            if (c < 3) assert.equal(regions[3 * voxel + c], inside ? whole.regions[at] : 0);
          }
        }
      }
    }
  }
});

test('the order of training: the list repeated, shuffled once, cut', () => {
  const stream = { seed: 1, name: 'training' };
  const order = trainingOrder(NAMES, { ...stream, steps: 50, batch: 2 });
  assert.deepEqual(order, trainingOrder(NAMES, { ...stream, steps: 50, batch: 2 }));
  assert.notDeepEqual(order, trainingOrder(NAMES, { ...stream, seed: 2, steps: 50, batch: 2 }));
  assert.equal(order.length, 100);
  const counts = NAMES.map((name) => order.filter((one) => one === name).length);
  // 34 of each were shuffled, and two were cut off.
  assert.ok(
    counts.every((count) => count >= 32 && count <= 34),
    String(counts),
  );
  assert.ok(order.some((name, i) => name === order[i + 1]));
  const few = trainingOrder(['a', 'b', 'c', 'd'], { ...stream, steps: 3, batch: 1 });
  assert.equal(new Set(few).size, 3);
  assert.throws(() => trainingOrder([], { ...stream, steps: 1, batch: 1 }), { code: 'MISSING' });
  assert.throws(() => trainingOrder(NAMES, { ...stream, steps: 0, batch: 1 }), {
    code: 'BAD_VALUE',
  });
});

test('the order of the meta steps: each event sees every case four times, in its own order', () => {
  const cases = ['a', 'b', 'c', 'd', 'e'];
  const order = metaOrder(cases, { seed: 1, name: 'meta', events: 6 });
  assert.equal(order.length, 120);
  const events = Array.from({ length: 6 }, (_, e) => order.slice(20 * e, 20 * (e + 1)));
  for (const event of events) {
    assert.deepEqual(
      cases.map((name) => event.filter((one) => one === name).length),
      [4, 4, 4, 4, 4],
    );
  }
  assert.equal(new Set(events.map(String)).size, 6);
  // An event's order doesn't depend on how many follow.
  assert.deepEqual(metaOrder(cases, { seed: 1, name: 'meta', events: 2 }), order.slice(0, 40));
});

test('no more batches are prefetched than requested, and waiting is measured', async (t) => {
  const { options } = makeSet(t);
  // A case is prepared when the first batch with it is made, so the folder shows how far threads went.
  const order = ['a', 'b', 'c'];
  const loader = openLoader({ ...options, order, batch: 1, workers: 1, ahead: 2 });
  const prepared = openPrepared(options.cases, options.prepared);
  const settle = async (cases: number): Promise<number> => {
    const deadline = Date.now() + 5000;
    while (prepared.usage().cases < cases && Date.now() < deadline) await sleep(10);
    await sleep(150);
    return prepared.usage().cases;
  };
  assert.equal(await settle(2), 2);
  assert.equal(loader.waitedMs, 0);
  await loader.next();
  assert.ok(loader.waitedMs < 100, 'it was ready');
  assert.equal(await settle(3), 3);
  await loader.close();

  const here = openLoader({ ...options, workers: 0 });
  await here.next();
  assert.ok(here.waitedMs > 0);
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('an error of a case has its name, comes at its step, and ends the threads', async (t) => {
  const { data, options } = makeSet(t);
  const order = ['a', 'b', 'c', 'a'];
  for (const workers of [0, 1, 3]) {
    rmSync(options.prepared?.folder as string, { recursive: true, force: true });
    const broken = join(data, 'c', 'c_t1ce.nii');
    writeFileSync(broken, 'no image');
    const loader = openLoader({ ...options, order, batch: 1, workers, ahead: 4 });
    assert.deepEqual((await loader.next()).cases, ['a']);
    assert.deepEqual((await loader.next()).cases, ['b']);
    const error = await within(failure(loader.next()), 5000);
    assert.ok(error instanceof UserError, String(error.stack));
    assert.match(error.message, /^case c \(step 2\): .*c_t1ce\.nii/);
    assert.equal(error.details.file, broken);
    assert.match((await failure(loader.next())).message, /the loader training is closed/);
    await within(loader.close(), 5000);
  }
});

test('a bug keeps its stack; the error of a thread that dies names its batch', async (t) => {
  const { options } = makeSet(t);
  const { Worker } = threads;
  t.after(() => Object.assign(threads, { Worker }));
  const replaceWorker = (code: string): void => {
    const script = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', () => { ${code} });`;
    const Replaced = function (): threads.Worker {
      return new Worker(script, { eval: true });
    };
    Object.assign(threads, { Worker: Replaced });
  };
  replaceWorker(
    "parentPort.postMessage({ kind: 'failed', message: 'odd', stack: 'odd at there' })",
  );
  const error = await within(failure(openLoader({ ...options, workers: 1 }).next()), 5000);
  assert.deepEqual([error instanceof UserError, error.stack], [false, 'odd at there']);

  for (const [code, reason] of [
    ['process.exit(3)', 'ended with exit code 3'],
    ['throw new Error("out of luck")', 'ended: out of luck'],
  ]) {
    replaceWorker(code);
    const loader = openLoader({ ...options, order: ['a', 'b', 'c', 'c'], workers: 1, ahead: 2 });
    const first = await within(failure(loader.next()), 5000);
    assert.equal(first.message, `the thread that loads a, b (step 0) ${reason}`);
  }
});

test('threads that could not start are one sentence at the first batch, whenever it is requested', async (t) => {
  const { options } = makeSet(t);
  const { Worker } = threads;
  t.after(() => Object.assign(threads, { Worker }));
  const starts: [() => threads.Worker, RegExp][] = [
    [() => new Worker('process.exit(5)', { eval: true }), /ended with exit code 5$/],
    [() => new Worker('/no/such/worker.js'), /ended: Cannot find module/],
    [
      () =>
        new Worker('const all = []; for (;;) all.push(new Array(1000).fill(all.length));', {
          eval: true,
          resourceLimits: { maxOldGenerationSizeMb: 4, maxYoungGenerationSizeMb: 1 },
        }),
      /ended: Worker terminated due to reaching memory limit/,
    ],
    [
      () => {
        throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
      },
      /could not be started \(EAGAIN: there are too many processes or threads/,
    ],
  ];
  for (const [start, sentence] of starts) {
    const begun: threads.Worker[] = [];
    const Replaced = function (): threads.Worker {
      begun.push(start());
      return begun[begun.length - 1];
    };
    Object.assign(threads, { Worker: Replaced });
    const loader = openLoader({ ...options, workers: 2 });
    const exits = begun.map((worker) => new Promise((done) => worker.once('exit', done)));
    await within(Promise.all(exits), 20_000);
    const error = await within(failure(loader.next()), 5000);
    assert.ok(error instanceof UserError);
    assert.match(error.message, /^the thread that loads a, [bc] \(step 0\) /);
    assert.match(error.message, sentence);
  }
});

test('closing ends a wait and the threads at once; leaving a loop closes', async (t) => {
  const { options } = makeSet(t);
  const loader = openLoader({ ...options, workers: 2 });
  const waiting = failure(loader.next());
  await within(loader.close(), 2000);
  assert.match((await waiting).message, /the loader training is closed; open another/);
  const left = openLoader({ ...options, workers: 2 });
  for await (const { step } of left) if (step === 1) break;
  assert.match((await failure(left.next())).message, /is closed/);

  const done = openLoader({ ...options, workers: 0 });
  for (let i = 0; i < 7; i++) await done.next();
  assert.match((await failure(done.next())).message, /has 7 steps and all are done/);
});

test('a process ends by itself with a loader left open, and on Ctrl-C', async (t) => {
  const { options } = makeSet(t);
  const script = (rest: string): string => `
    const { openLoader } = require(${JSON.stringify(__dirname)});
    const loader = openLoader({ ...${JSON.stringify(options)}, workers: 2 });
    loader.next().then(({ step }) => { console.log('step', step); ${rest} });`;
  const run = promisify(execFile);
  const { stdout } = await within(run(process.execPath, ['-e', script('')]), 10_000);
  assert.equal(stdout, 'step 0\n');

  const child = spawn(process.execPath, ['-e', script('setInterval(() => {}, 1e6)')]);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [, signal] = (await within(once(child, 'exit'), 2000)) as [null, string];
  assert.equal(signal, 'SIGINT');
});

test('invalid options are errors at once', (t) => {
  const { options } = makeSet(t);
  const wrong: [Partial<LoaderOptions>, RegExp][] = [
    [{ order: ['a', 'x'] }, /x is in the order but is no case/],
    [{ order: ['a'] }, /order has 1 samples, and should have a multiple of the batch of 2/],
    [{ order: [] }, /order has 0 samples/],
    [{ batch: 0 }, /batch is 0; it must be a whole number from 1/],
    [{ seed: 0.5 }, /seed is 0\.5/],
    [{ workers: -1 }, /workers is -1/],
    [{ ahead: 0 }, /ahead is 0/],
    [{ firstStep: 8 }, /firstStep is 8; it must be from 0 to 7/],
    [{ settings: plainCrops([4, 4, 0]) }, /size\[2\] is 0/],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => openLoader({ ...options, ...change }), message);
  }
});

test('a thread loads no TensorFlow', async () => {
  const script = `
    require(${JSON.stringify(join(__dirname, 'worker.js'))});
    const loaded = Object.keys(require.cache);
    const found = loaded.filter((file) => /tensorflow|tfjs|danfo/.test(file));
    require('node:worker_threads').parentPort.postMessage([loaded.length > 10, found]);`;
  const workerData = { cases: [], prepared: {} };
  const worker = new threads.Worker(script, { eval: true, workerData });
  const [reply] = (await once(worker, 'message')) as [unknown];
  await worker.terminate();
  assert.deepEqual(reply, [true, []]);
});

test('a batch that its reader has released is not kept, however long the loader is open', async (t) => {
  const { options } = makeSet(t);
  const loader = openLoader({ ...options, workers: 1, ahead: 1 });
  const read: WeakRef<Batch>[] = [];
  for (let i = 0; i < 5; i++) read.push(new WeakRef(await loader.next()));
  // A weak reference holds its target until the turn of the event loop ends.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const kept = read.slice(0, 4).filter((batch) => batch.deref() !== undefined);
  assert.equal(kept.length, 0);
  await loader.close();
});
