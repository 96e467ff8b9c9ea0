import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadTraining, saveTraining } from './checkpoint/training';
import { buildConfig, type BratsConfig } from '../config';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import { readWeights, type Importance } from '../mckd';
import { NUMERICS } from '../base/numerics';
import { tf } from '../nn/tf';
import { openBatches, type BatchSource } from './batches';
import { findDataSet } from './data-set';
import {
  checkpointFile,
  logFile,
  manifestFile,
  previousFile,
  readLog,
  trainInFolder,
  type FolderOptions,
} from './folder';
import { createTraining, disposeTraining } from './training';
import { trainingDataOf } from './training-data';

function makeRun(t: TestContext, changes: Partial<BratsConfig> = {}): FolderOptions {
  const root = temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(join(root, 'data'), name);
  const data = { ...findDataSet(join(root, 'data')), sha256: 'd'.repeat(64) };
  return {
    directory: join(root, 'run'),
    config: buildConfig('smoke', { brats: { width: 1 / 32, ...changes } }).brats,
    seed: 0,
    data,
    workers: 0,
    prepared: { folder: join(root, 'prepared') },
    tensorboard: false,
  };
}

/** Trains, and returns the step at which it began. */
async function begin(options: FolderOptions): Promise<number> {
  let from = -1;
  for await (const event of trainInFolder(options)) if (event.kind === 'start') from = event.step;
  return from;
}

const refusedWith =
  (...words: string[]) =>
  (error: UserError): boolean => {
    assert.ok(error instanceof UserError, error.stack);
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    assert.ok(!error.message.includes('\n'), 'one line');
    return true;
  };

test('other data or another version is refused by name; force resumes and is recorded', async (t) => {
  const options = makeRun(t);
  const { directory } = options;
  const file = checkpointFile(directory);
  await begin({ ...options, until: 1 });
  const data = { ...options.data, sha256: 'e'.repeat(64) };
  const other = { ...options, data, until: 2 };
  await assert.rejects(
    begin(other),
    refusedWith('sha256 of the data dddddddddddd and eeeeeeeeeeee', '--force', '--fresh'),
  );
  const training = await loadTraining(file);
  saveTraining(file, { ...training, origin: { ...training.origin, lib: '0.0.9', numerics: 0 } });
  disposeTraining(training);
  const differences = [
    `numerics 0 and ${NUMERICS.brats}`,
    'version of the library 0.0.9 and 0.1.0',
  ];
  await assert.rejects(begin({ ...options, until: 2 }), refusedWith(...differences));
  assert.deepEqual(readdirSync(directory).sort(), [
    'checkpoint-previous.safetensors',
    'checkpoint.safetensors',
    'log.jsonl',
    'manifest.json',
    'seconds.jsonl',
  ]);

  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  assert.equal(await begin({ ...options, until: 2, force: true, onNote }), 1);
  assert.equal(notes.length, 1);
  assert.ok(notes[0].includes(differences.join('; ')));
  const forced = [{ step: 1, differences }];
  // It is recorded permanently.
  await begin({ ...options, until: 3 });
  assert.deepEqual(JSON.parse(readFileSync(manifestFile(directory), 'utf8')).forced, forced);
  const now = await loadTraining(file);
  assert.deepEqual(now.origin, {
    landmarks: undefined,
    lib: '0.1.0',
    numerics: NUMERICS.brats,
    dataSha256: options.data.sha256,
    trainingData: await trainingDataOf(options.data),
    forced,
  });
  disposeTraining(now);

  const wide = { ...options, config: { ...options.config, width: 1 / 16 }, force: true };
  await assert.rejects(
    begin(wide),
    refusedWith('brats.width 0.03125 and 0.0625', 'the same width'),
  );
  const faster = { ...options, config: { ...options.config, learningRate: 0.02 }, force: true };
  assert.equal(await begin(faster), 3);
  assert.equal(readLog(directory).length, 9);
  // 0.02 (1 - 3/4)^0.9; with 0.01 it would be half of that.
  assert.ok(readLog(directory)[3].learningRate > 0.005);
});

test('a log without its checkpoint is no run, nor a checkpoint without its log; fresh starts from scratch', async (t) => {
  const options = makeRun(t);
  const { directory } = options;
  assert.equal(await begin({ ...options, until: 2 }), 0);
  const log = readFileSync(logFile(directory));
  writeFileSync(logFile(directory), log.subarray(0, log.length - 5));
  await assert.rejects(
    begin(options),
    refusedWith('log.jsonl has 1 lines', 'of step 2', '--fresh'),
  );
  writeFileSync(logFile(directory), log);
  rmSync(checkpointFile(directory));
  rmSync(previousFile(directory));
  const there = readdirSync(directory);
  await assert.rejects(
    begin(options),
    refusedWith('(2 steps)', 'checkpoint.safetensors is missing', '--fresh'),
  );
  assert.deepEqual(readdirSync(directory), there);
  assert.equal(await begin({ ...options, fresh: true, until: 1 }), 0);
  assert.equal(readLog(directory).length, 1);
});

test('a checkpoint is written before the first line of the log, and none if the run fails before', async (t) => {
  const options = makeRun(t);
  const { directory } = options;
  for await (const event of trainInFolder(options)) if (event.kind === 'start') break;
  assert.deepEqual(readdirSync(directory), []);
  const batches = (): never => {
    throw new Error('no data');
  };
  const source = { ...openBatches(options.data, options.config, 0, options), training: batches };
  await assert.rejects(begin({ ...options, batches: source as BatchSource }), /no data/);
  const training = await loadTraining(checkpointFile(directory));
  assert.equal(training.step, 0);
  disposeTraining(training);
  assert.equal(readFileSync(logFile(directory), 'utf8'), '');
});

test('a run that waits for data stops on its signal, with a checkpoint of its last step', async (t) => {
  const options = makeRun(t);
  const source = openBatches(options.data, options.config, 0, options);
  const stopping = new AbortController();
  const batches: BatchSource = {
    ...source,
    training: (position) => {
      if (position.step < 3) return source.training(position);
      setTimeout(() => stopping.abort(), 20);
      return new Promise(() => undefined);
    },
  };
  const before = tf.memory().numTensors;
  await begin({ ...options, batches, signal: stopping.signal });
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  assert.equal(await begin({ ...options, until: 4 }), 3);
});

test('a data error between two steps leaves a checkpoint of the steps before', async (t) => {
  const options = makeRun(t);
  const source = openBatches(options.data, options.config, 0, options);
  const batches: BatchSource = {
    ...source,
    training: (position) =>
      position.step < 3
        ? source.training(position)
        : Promise.reject(new UserError('a.nii is gone', { code: 'MISSING' })),
  };
  await assert.rejects(begin({ ...options, batches }), refusedWith('a.nii is gone'));
  assert.equal(await begin({ ...options, until: 4 }), 3);
});

test('unfinished files of a kill are removed when a run resumes; a second run at once is refused', async (t) => {
  const options = makeRun(t);
  const { directory } = options;
  await begin({ ...options, until: 1 });
  appendFileSync(`${checkpointFile(directory)}.part-99-0`, 'half');
  renameSync(checkpointFile(directory), previousFile(directory));
  const notes: string[] = [];
  const going = { ...options, until: 3, onNote: (note: string) => void notes.push(note) };
  for await (const event of trainInFolder(going)) {
    if (event.kind !== 'step') continue;
    await assert.rejects(begin(options), refusedWith(`process ${process.pid} on`));
  }
  assert.match(
    notes.join(),
    /checkpoint\.safetensors is missing; resuming from the checkpoint before/,
  );
  assert.ok(!readdirSync(directory).some((name) => /part|lock/.test(name)));
  assert.ok(existsSync(previousFile(directory)));
});

test('a meta step that is not finite stops the run before it touches theta, and the checkpoint is kept', async (t) => {
  const options = makeRun(t);
  const { directory, config } = options;
  await begin({ ...options, until: 2 });
  const before = [checkpointFile, logFile].map((of) => readFileSync(of(directory)));
  const source = openBatches(options.data, config, 0, options);
  const batches: BatchSource = {
    ...source,
    meta: async function* (position) {
      for await (const batch of source.meta(position)) {
        yield { ...batch, images: batch.images.fill(NaN) };
      }
    },
  };
  const message = refusedWith(
    'step 2 (stage 1',
    'the meta loss is NaN in its meta event on ',
    'with flair',
  );
  const tensors = tf.memory().numTensors;
  await assert.rejects(begin({ ...options, batches }), message);
  assert.equal(tf.memory().numTensors, tensors, 'tensors leaked');
  assert.deepEqual(
    [checkpointFile, logFile].map((of) => readFileSync(of(directory))),
    before,
  );
  const [now, fresh] = [await loadTraining(checkpointFile(directory)), createTraining(config, 0)];
  assert.ok(readWeights(now.state as Importance, config.importance).every(Number.isFinite));
  disposeTraining(now);
  disposeTraining(fresh);
  assert.equal(await begin({ ...options, until: 3 }), 2);
});
