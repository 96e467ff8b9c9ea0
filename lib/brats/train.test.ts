import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadTraining, saveTraining } from './checkpoint/training';
import { buildConfig, trainingSettings, type BratsConfig } from '../config';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import { readWeights, type Importance } from '../mckd';
import { tf } from '../nn/tf';
import { openBatches, type BatchSource } from './batches';
import { findDataSet, type BratsDataSet } from './data-set';
import {
  checkpointFile,
  configDifferences,
  logFile,
  logSoFar,
  readLog,
  trainInFolder,
  type FolderOptions,
} from './folder';
import { trainingSteps } from './schedule';
import { trainBrats, type BratsStepEvent } from './train';
import { createTraining, disposeTraining } from './training';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** A complete run of the smoke preset with seed 0, made once. */
let whole: Promise<{ steps: BratsStepEvent[]; bytes: [Buffer, Buffer] }> | undefined;

function wholeRun(t: TestContext): NonNullable<typeof whole> {
  const run = async (): NonNullable<typeof whole> => {
    const { options } = makeSet(t);
    const steps = await finish({ ...options, tensorboard: false });
    return { steps, bytes: bytes(options) };
  };
  return (whole ??= run());
}

interface Made {
  root: string;
  data: BratsDataSet;
  options: FolderOptions;
}

/** Five synthetic cases, and the smoke preset on them. */
function makeSet(t: TestContext, changes: Partial<BratsConfig> = {}): Made {
  const root = temporaryFolder(t);
  for (const name of NAMES) writeMadeCase(join(root, 'data'), name);
  const data = { ...findDataSet(join(root, 'data')), sha256: 'd'.repeat(64) };
  const prepared = { folder: join(root, 'prepared') };
  const config = buildConfig('smoke', { brats: { width: 1 / 32, ...changes } }).brats;
  const directory = join(root, 'run');
  const made = { directory, config, seed: 0, data };
  return { root, data, options: { ...made, workers: 0, prepared } };
}

async function finish(options: FolderOptions): Promise<BratsStepEvent[]> {
  const steps: BratsStepEvent[] = [];
  for await (const event of trainInFolder(options)) if (event.kind === 'step') steps.push(event);
  return steps;
}

async function allOf<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const bytes = ({ directory }: FolderOptions): [Buffer, Buffer] => [
  readFileSync(checkpointFile(directory)),
  readFileSync(logFile(directory)),
];

test('two runs of one config are equal byte for byte, and another seed gives another', async (t) => {
  const { root, options } = makeSet(t);
  const again = { ...options, directory: join(root, 'again'), workers: 2 };
  const first = await wholeRun(t);
  assert.equal(first.steps.length, trainingSteps(options.config));
  const before = tf.memory().numTensors;
  await finish(again);
  assert.deepEqual(bytes(again), first.bytes, 'for any number of threads that make crops');
  const other = { ...options, directory: join(root, 'other'), seed: 1 };
  await finish(other);
  assert.notDeepEqual(bytes(other)[0], first.bytes[0]);
  // TensorBoard's writers live as long as the process, one tensor each.
  assert.ok(tf.memory().numTensors - before <= 2 * 5, 'tensors leaked');
});

test('an interrupted run resumes to the same end, from any step', async (t) => {
  const { root, options } = makeSet(t);
  const first = await wholeRun(t);
  for (const leaveAfter of [1, 4]) {
    const broken = { ...options, directory: join(root, `left${leaveAfter}`), tensorboard: false };
    for await (const event of trainInFolder(broken)) {
      if (event.kind === 'step' && event.step + 1 === leaveAfter) break;
    }
    assert.equal(readLog(broken.directory).length, leaveAfter);
    const rest = await finish(broken);
    assert.equal(rest[0].step, leaveAfter);
    assert.deepEqual(bytes(broken), first.bytes);
  }
});

test('so does one whose importance weights are optimised by SGD', async (t) => {
  const { importance } = buildConfig('smoke').brats;
  const { root, options } = makeSet(t, { importance: { ...importance, optimizer: 'sgd' } });
  const left = { ...options, directory: join(root, 'left'), tensorboard: false };
  await finish({ ...options, tensorboard: false });
  await finish({ ...left, until: 4 });
  await finish(left);
  assert.deepEqual(bytes(left), bytes(options));
});

test('lines that a kill left after the last checkpoint are removed from the log', async (t) => {
  const { root, options } = makeSet(t);
  const killed = { ...options, directory: join(root, 'killed'), tensorboard: false };
  assert.deepEqual(logSoFar(killed.directory), []);
  await finish({ ...killed, until: 3 });
  assert.equal(logSoFar(killed.directory).length, 3);
  const three = readFileSync(checkpointFile(killed.directory));
  await finish({ ...killed, until: 5 });
  // As if killed at step 5 with the checkpoint of step 3.
  rmSync(checkpointFile(killed.directory));
  assert.deepEqual(readFileSync(join(killed.directory, 'checkpoint-previous.safetensors')), three);
  await finish(killed);
  assert.deepEqual(bytes(killed), (await wholeRun(t)).bytes);
});

test('stage one has all modalities, stage two subsets; meta events move theta_w in both', async (t) => {
  const { options } = makeSet(t, {
    stageOne: { until: 4, metaEvery: 2 },
    stageTwo: { until: 16, metaEvery: 5 },
  });
  const steps = await finish({ ...options, tensorboard: false });
  const stageOne = steps.filter(({ stage }) => stage === 1);
  const stageTwo = steps.filter(({ stage }) => stage === 2);
  assert.ok(stageOne.every(({ present }) => present.length === 4));
  assert.ok(new Set(stageTwo.map(({ present }) => present.join())).size > 3);
  const metas = steps.filter(({ meta }) => meta);
  assert.deepEqual(
    metas.map(({ stage, iteration }) => [stage, iteration]),
    [
      [1, 0],
      [1, 2],
      [2, 5],
      [2, 10],
      [2, 15],
    ],
  );
  assert.equal(new Set(metas.map(({ meta }) => meta?.weights?.join())).size, metas.length);
  for (const { meta } of readLog(options.directory)) {
    if (!meta?.featureDistance) continue;
    const { l1, l2, cosine } = meta.featureDistance;
    assert.ok(l1 > l2 && l2 > 0 && Math.abs(cosine) <= 1, JSON.stringify(meta));
  }
  assert.ok(stageOne.every(({ losses }) => losses.distillation > 0));
  assert.ok(
    stageTwo.every(({ losses, present }) => losses.distillation > 0 === present.length > 1),
    'one scan has no pair to distil',
  );
});

test('the switches have their documented effect', async (t) => {
  // Both stages, and no more steps than each switch needs.
  const some = { until: 6, tensorboard: false };
  const plain = makeSet(t, { distillationWeight: 0 });
  const steps = await finish({ ...plain.options, ...some });
  assert.ok(steps.every(({ losses, meta }) => losses.distillation === 0 && !meta));

  const complete = makeSet(t, { scans: 'all' });
  const all = await finish({ ...complete.options, ...some });
  assert.ok(all.every(({ present }) => present.length === 4));

  const dedicated = makeSet(t, { scans: ['flair', 't2'] });
  const few = await finish({ ...dedicated.options, ...some });
  assert.ok(few.every(({ present }) => present.join() === 'flair,t2'));
  assert.ok(few.some(({ meta }) => meta));

  const { quirks } = plain.options.config;
  const late = makeSet(t, { quirks: { ...quirks, distillsInStageOne: false } });
  const lateSteps = await finish({ ...late.options, ...some });
  assert.ok(lateSteps.every(({ stage, losses }) => stage === 2 || losses.distillation === 0));

  // Each of these changes the meta step of stage two and nothing before it.
  const { steps: code } = await wholeRun(t);
  for (const quirk of ['metaStepDropsModalities', 'metaStepSkipsFilling'] as const) {
    const text = makeSet(t, { quirks: { ...quirks, [quirk]: false } });
    const textSteps = await finish({ ...text.options, tensorboard: false });
    const weights = (events: BratsStepEvent[]): (string | undefined)[] =>
      events.map(({ meta }) => meta?.weights?.join());
    const differs = weights(code).findIndex((w, i) => w !== weights(textSteps)[i]);
    assert.equal(code[differs]?.stage, 2, quirk);
  }
});

test('another config or seed in the same folder is refused, naming what differs; fresh starts from scratch', async (t) => {
  const { options } = makeSet(t);
  await finish({ ...options, until: 2, tensorboard: false });
  const changed = { ...options, config: { ...options.config, learningRate: 0.5 }, seed: 3 };
  await assert.rejects(finish(changed), (error: UserError) => {
    assert.match(error.message, /seed 0 and 3; brats\.learningRate 0\.01 and 0\.5/);
    assert.match(error.message, /--fresh/);
    return true;
  });
  const steps = await finish({ ...changed, fresh: true, until: 1, tensorboard: false });
  assert.equal(steps[0].step, 0);
});

test('a checkpoint restores the training bit for bit, and only a training', async (t) => {
  const { root, data, options } = makeSet(t);
  const training = createTraining(options.config, 0);
  const batches = openBatches(data, options.config, 0, options);
  await allOf(trainBrats(training, batches, { until: 3 }));
  await batches.close();
  const file = join(root, 'one.safetensors');
  saveTraining(file, training);
  const before = tf.memory().numTensors;
  const restored = await loadTraining(file);
  assert.equal(restored.step, 3);
  const weights = [restored, training].map(({ state, config }) =>
    readWeights(state as Importance, config.importance),
  );
  assert.deepEqual(weights[0], weights[1]);
  saveTraining(join(root, 'two.safetensors'), restored);
  assert.deepEqual(readFileSync(join(root, 'two.safetensors')), readFileSync(file));
  disposeTraining(restored);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  disposeTraining(training);
});

test('a checkpoint older than a setting has the value that was in use then', async (t) => {
  const { root, options } = makeSet(t);
  const importance: Partial<BratsConfig['importance']> = { ...options.config.importance };
  delete importance.optimizer;
  const kept: Partial<BratsConfig> = { ...options.config };
  delete kept.model;
  delete kept.scans;
  const older: object = { ...kept, dropsModalities: true, importance, ablations: undefined };
  const training = createTraining(options.config, 0);
  const file = join(root, 'older.safetensors');
  saveTraining(file, { ...training, config: older as BratsConfig });
  disposeTraining(training);
  const restored = await loadTraining(file);
  assert.equal(restored.config.importance.optimizer, 'adam');
  assert.deepEqual(configDifferences(restored.config, trainingSettings(options.config)), []);
  disposeTraining(restored);
});

test('a loss that is not a number stops the run before it touches a weight', async (t) => {
  const { options } = makeSet(t);
  await finish({ ...options, until: 2, tensorboard: false });
  const { directory } = options;
  const before = readFileSync(checkpointFile(directory));
  const training = await loadTraining(checkpointFile(directory));
  const name = 'shared_dec.cls_conv.0.weight';
  tf.tidy(() => training.parameters[name].assign(tf.mul(training.parameters[name], Infinity)));
  const batches = openBatches(options.data, options.config, 0, options);
  const velocity = training.optimizer.slots.velocity[name].dataSync().slice();
  await assert.rejects(allOf(trainBrats(training, batches)), (error: UserError) => {
    assert.match(
      error.message,
      /step 2 \(stage 1.*\): (dice|crossEntropy) is NaN, since the weights shared_dec\.cls_conv\.0\.weight are not finite, on [a-e] with flair, t1, t1ce, t2/,
    );
    return true;
  });
  await batches.close();
  assert.deepEqual(training.optimizer.slots.velocity[name].dataSync(), velocity);
  disposeTraining(training);
  assert.deepEqual(readFileSync(checkpointFile(directory)), before);
  assert.ok(existsSync(checkpointFile(directory)));
});

test('a gradient that is not finite stops it, too: here an empty scan on fresh weights', async (t) => {
  // Biases are initialised to 0, so every norm of an empty volume sees a constant map and multiplies by sqrt(1e5).
  const { options } = makeSet(t);
  const source = openBatches(options.data, options.config, 0, options);
  const batches: BatchSource = {
    ...source,
    training: async (position) => {
      const batch = await source.training(position);
      return { ...batch, images: batch.images.map((value, i) => (i % 4 === 1 ? 0 : value)) };
    },
  };
  const training = createTraining(options.config, 0);
  const name = 'shared_dec.cls_conv.0.weight';
  const weights = training.parameters[name].dataSync().slice();
  await assert.rejects(
    allOf(trainBrats(training, batches)),
    /step 0 .*: the gradient of shared_enc\.\S+ is not finite on [a-e] with flair/,
  );
  assert.deepEqual(training.parameters[name].dataSync(), weights);
  await source.close();
  disposeTraining(training);
});
