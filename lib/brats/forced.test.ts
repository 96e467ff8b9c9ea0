import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { loadTraining } from './checkpoint/training';
import { buildConfig, trainingSettings, type BratsTrainingConfig } from '../config';
import { bratsTrainingSchema } from '../config/brats';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import type { Importance } from '../mckd';
import type { Parameters } from '../nn/parameters';
import { usesGpu } from '../nn/kernels';
import { tf } from '../nn/tf';
import { openBatches, type BatchSource } from './batches';
import { findDataSet } from './data-set';
import { checkpointFile, trainInFolder, type FolderOptions } from './folder';
import { trainBrats } from './train';
import { createTraining, disposeTraining, type Training } from './training';

/** Settings that no step after the first can depend on, and why. */
const WITHOUT_EFFECT: Record<string, string> = {
  'importance.initial': 'theta_w before the first step',
  // Of the other decays: schedule.test.ts.
  decayFactor: 'decay is iterations',
  epoch: 'decay is iterations',
};

/** Settings that only steps of stage one depend on. */
const OF_STAGE_ONE = ['stageOne.metaEvery', 'quirks.distillsInStageOne'];

/** Steps done before the change: both the step after 2 (stage one) and that after 4 (stage two) have a meta event. */
const [IN_STAGE_ONE, IN_STAGE_TWO] = [2, 4];

type Leaf = [path: string[], value: unknown];

/** Every leaf setting; a list counts as one. */
function leavesOf(value: unknown, path: string[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inside]) => leavesOf(inside, [...path, key]));
}

function choicesOf(path: string[]): unknown[] {
  let schema: unknown = bratsTrainingSchema;
  for (const key of path) {
    const inside = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
    schema = (inside as typeof bratsTrainingSchema).shape[key as keyof BratsTrainingConfig];
  }
  const leaf = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  if (leaf instanceof z.ZodUnion) return (leaf.options[0] as z.ZodEnum).options;
  return leaf instanceof z.ZodEnum ? leaf.options : [];
}

/** The config with one leaf set to another value that the schema accepts. */
function changed(config: BratsTrainingConfig, [path, value]: Leaf): BratsTrainingConfig {
  const last = Array.isArray(value) ? value.length - 1 : 0;
  const candidates =
    typeof value === 'boolean'
      ? [!value]
      : typeof value === 'number'
        ? [2 * value, value / 2, value + 1]
        : Array.isArray(value)
          ? [value.map((one: number, i) => (i === last ? 2 * one : one))]
          : choicesOf(path);
  const other = candidates
    .filter((candidate) => candidate !== value)
    .map((candidate) => {
      const nested = path.reduceRight<unknown>((inside, key) => ({ [key]: inside }), candidate);
      return bratsTrainingSchema.safeParse(merged(config, nested as object));
    })
    .find(({ success }) => success);
  assert.ok(other?.data, `no other value of ${path.join('.')}`);
  return other.data;
}

function merged(base: object, changes: object): object {
  const result = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes) as [string, unknown][]) {
    const inside = typeof value === 'object' && value !== null && !Array.isArray(value);
    result[key] = inside ? merged(result[key] as object, value) : value;
  }
  return result;
}

/** A copy of the training. */
function copyOf(training: Training): Training {
  const copy = (all: Parameters): Parameters =>
    Object.fromEntries(
      Object.entries(all).map(([name, tensor]) => {
        const values = tf.tensor(tensor.dataSync().slice(), tensor.shape);
        const variable = tf.variable(values);
        values.dispose();
        return [name, variable];
      }),
    );
  const { parameters, optimizer } = training;
  const importance = training.state as Importance;
  const { theta, adam } = importance;
  return {
    ...training,
    parameters: copy(parameters),
    optimizer: { slots: { velocity: copy(optimizer.slots.velocity) }, counts: {} },
    state: {
      theta: copy(theta),
      velocity: copy(importance.velocity),
      adam: {
        steps: { ...adam.steps },
        firstMoment: copy(adam.firstMoment),
        secondMoment: copy(adam.secondMoment),
      },
    },
  };
}

/** SHA-256 of every number of a training. */
function numbersOf({ parameters, optimizer, state }: Training): string {
  const { velocity } = optimizer.slots;
  const importance = state as Importance;
  const { theta, adam } = importance;
  const { firstMoment, secondMoment } = adam;
  const groups = [parameters, velocity, theta, importance.velocity, firstMoment, secondMoment];
  const hash = createHash('sha256');
  for (const group of groups) {
    for (const name of Object.keys(group).sort()) {
      hash.update(name).update(group[name].dataSync() as Float32Array);
    }
  }
  return hash.digest('hex');
}

/** A training in memory and its folder, each with some steps done. */
async function trained(t: TestContext, until: number): Promise<[Training, FolderOptions]> {
  const root = temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    writeMadeCase(join(root, 'data'), name, { shape: [36, 38, 40] });
  }
  const data = { ...findDataSet(join(root, 'data')), sha256: 'd'.repeat(64) };
  const { brats } = buildConfig('smoke', { brats: { width: 1 / 32, metaRepeats: 2 } });
  const config = trainingSettings(brats);
  const options: FolderOptions = {
    ...{ directory: join(root, 'run'), config, seed: SEED, data },
    ...{ workers: 0, prepared: { folder: join(root, 'prepared') }, tensorboard: false },
  };
  for await (const event of trainInFolder({ ...options, until })) void event;
  const training = createTraining(config, SEED, options.data.sha256);
  t.after(() => disposeTraining(training));
  await trainTo(training, options, until);
  return [training, options];
}

/** A case whose draws differ with every setting of sampling. */
const SEED = 1;

async function trainTo(
  training: Training,
  options: FolderOptions,
  until: number,
  batches: BatchSource = openBatches(options.data, training.config, SEED, options),
): Promise<void> {
  for await (const event of trainBrats(training, batches, { until })) void event;
  await batches.close();
}

const name = 'what --force changes is used from the next step on';

test(name, { skip: usesGpu() && 'sums on a GPU are in any order' }, async (t) => {
  const bases = new Map([
    [IN_STAGE_ONE, await trained(t, IN_STAGE_ONE)],
    [IN_STAGE_TWO, await trained(t, IN_STAGE_TWO)],
  ]);

  /** The numbers after one more step: of the folder's training by force, or of that in memory. */
  const forced = async (step: number, config: BratsTrainingConfig): Promise<string> => {
    const [, options] = bases.get(step) as [Training, FolderOptions];
    const directory = join(temporaryFolder(t), 'run');
    cpSync(options.directory, directory, { recursive: true });
    const run = { ...options, directory, config, force: true, until: step + 1 };
    for await (const event of trainInFolder(run)) void event;
    const after = await loadTraining(checkpointFile(directory));
    const numbers = numbersOf(after);
    disposeTraining(after);
    return numbers;
  };
  const inMemory = async (step: number, config: BratsTrainingConfig): Promise<string> => {
    const [training, options] = bases.get(step) as [Training, FolderOptions];
    const copy = { ...copyOf(training), config };
    await trainTo(copy, options, step + 1);
    const numbers = numbersOf(copy);
    disposeTraining(copy);
    return numbers;
  };

  const { config } = (bases.get(IN_STAGE_TWO) as [Training, FolderOptions])[1];
  const unchanged = new Map<number, string>();
  for (const step of bases.keys()) unchanged.set(step, await inMemory(step, config));

  for (const leaf of leavesOf(config)) {
    const path = leaf[0].join('.');
    // Another method is another training: `models.test.ts`.
    if (path === 'model') continue;
    const now = changed(config, leaf);
    const step = OF_STAGE_ONE.includes(path) ? IN_STAGE_ONE : IN_STAGE_TWO;
    if (path === 'width' || path === 'optimizer') {
      const message = new RegExp(`the same ${path}`);
      await assert.rejects(
        forced(step, now),
        (e) => e instanceof UserError && message.test(e.message),
      );
      continue;
    }
    const after = await forced(step, now);
    if ((WITHOUT_EFFECT[path] ?? WITHOUT_EFFECT[leaf[0][0]]) !== undefined) {
      assert.equal(after, unchanged.get(step), `${path} changes what it should not`);
      continue;
    }
    assert.notEqual(after, unchanged.get(step), `${path} has no effect on the next step`);
    assert.equal(after, await inMemory(step, now), `${path} is not what the next step uses`);
  }
});
