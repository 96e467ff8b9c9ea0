import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MODALITIES, MODALITY_SUBSETS, type Modality } from '../base/modality';
import { buildConfig, type BratsConfig } from '../config';
import type { GraphNode, OpNode } from '../graph/graph-def';
import { recordOps } from '../graph/record';
import { openSteps, type Steps } from '../graph/steps';
import type { TrainingStepResult } from '../graph/training-step';
import type { Importance } from '../mckd';
import { usingKernels } from '../nn/kernels';
import { tf } from '../nn/tf';
import type { Size3 } from '../volume/size';
import { noiseBatch } from '../checks/fixtures/noise-batch';
import { metaStepOn } from './models/mckd';
import { trainOnBatch } from './steps';
import { createTraining, disposeTraining, type Training } from './training';

function createSmall(changes: Partial<BratsConfig> = {}): Training {
  const { brats } = buildConfig('smoke', { brats: { width: 1 / 32, ...changes } });
  return createTraining(brats, 0);
}

const at = (step: number): { step: number; iteration: number; until: number } => ({
  step,
  iteration: step,
  until: 100,
});

/** A step of training, on a rate of its own. */
function take(
  steps: Steps,
  training: Training,
  number: number,
  {
    available,
    stage = 2,
    recompute,
  }: { available: readonly Modality[]; stage?: 1 | 2; recompute?: boolean },
): TrainingStepResult {
  const batch = noiseBatch(number);
  const learningRate = 1e-3 / (number + 1);
  const result = trainOnBatch(
    steps,
    training,
    { batch, available: [available], position: { ...at(number), stage, learningRate } },
    { recompute },
  );
  tf.dispose([batch.images, batch.regions]);
  return result;
}

function takeMeta(
  steps: Steps,
  training: Training,
  number: number,
  available: readonly Modality[],
): number {
  const batch = noiseBatch(number);
  const { importance: config } = training.config;
  const { parameters, state } = training;
  const loss = metaStepOn(parameters, state as Importance, batch, available, {
    ...{ fills: true, config, steps },
  });
  tf.dispose([batch.images, batch.regions]);
  return loss;
}

/** All variables of a training, as bytes. */
function bytesOf({ model, config, parameters, optimizer, state }: Training): string[] {
  const own = model.state?.variables(state, config);
  return [
    parameters,
    ...Object.values(optimizer.slots),
    ...(own ? [own.weights, own.training] : []),
  ]
    .flatMap((tensors) => Object.entries(tensors))
    .map(
      ([name, tensor]) =>
        `${name} ${Buffer.from(tensor.dataSync().slice().buffer).toString('base64')}`,
    );
}

const refuse = (note: string): never => {
  throw new Error(note);
};

function openFunctions(t: TestContext): Steps {
  const before = process.env.MCKD_STEPS;
  delete process.env.MCKD_STEPS;
  const steps = openSteps({ onRefused: refuse });
  t.after(() => {
    if (before !== undefined) process.env.MCKD_STEPS = before;
    steps.dispose();
  });
  return steps;
}

test('in bf16 a step as a function gives the bits of one op by op, near those of float32', (t) => {
  const steps = openFunctions(t);
  const trainings = [
    [steps, createSmall({ precision: 'bf16' })],
    [openSteps({ expected: 1 }), createSmall({ precision: 'bf16' })],
    [openSteps({ expected: 1 }), createSmall()],
  ] as const;
  for (let number = 0; number < 4; number++) {
    const [byFunction, eager, float32] = trainings.map(
      ([own, training]) => take(own, training, number, { available: MODALITIES }).losses,
    );
    assert.deepEqual(byFunction, eager);
    // bfloat16 has 8 bits: a product is off by up to 1/256. (The features of noise at the few voxels of the deepest level,
    // which distillation compares, are nearly arbitrary.)
    for (const name of ['dice', 'crossEntropy']) {
      assert.ok(Math.abs(eager[name] - float32[name]) < 0.02 * float32[name], name);
    }
    assert.notDeepEqual(eager, float32);
  }
  assert.equal(steps.functions(), 1);
  const [first, second] = trainings.map(([, training]) => bytesOf(training));
  assert.deepEqual(first, second);
  for (const [, training] of trainings) disposeTraining(training);
});

for (const kernels of ['native', 'composed', 'fused'] as const) {
  test(`training and meta steps as functions give the bits of those op by op: ${kernels}`, (t) => {
    const steps = openFunctions(t);
    const run = (): void => {
      const [functions, eager] = [createSmall(), createSmall()];
      const both = [
        [steps, functions],
        [openSteps({ expected: 1 }), eager],
      ] as const;
      for (let number = 0; number < 4; number++) {
        const numbers = both.map(([own, training]) => [
          take(own, training, number, { available: MODALITIES, stage: 1 }),
          take(own, training, number, { available: ['flair', 't2'] }),
          takeMeta(own, training, number, MODALITIES),
          take(own, training, number, { available: ['t1ce'] }),
          takeMeta(own, training, number, ['t1', 't2']),
          take(own, training, number, { available: MODALITIES, recompute: true }),
        ]);
        assert.deepEqual(numbers[0], numbers[1]);
        assert.deepEqual(bytesOf(functions), bytesOf(eager));
      }
      assert.equal(steps.functions(), 6);
      [functions, eager].forEach(disposeTraining);
    };
    usingKernels(kernels, run);
  });
}

/** Ops of a recorded step that start a kernel: no reshapes and no casts to the type that a tensor has. */
function kernelsOf(nodes: readonly GraphNode[]): number {
  const cheap = new Set(['Reshape', 'ExpandDims']);
  const ofAttribute = (node: OpNode, name: string): unknown =>
    node.attributes.find((attribute) => attribute.name === name)?.value;
  return nodes.filter(
    (node) =>
      node.kind === 'op' &&
      !cheap.has(node.op) &&
      !(node.op === 'Cast' && ofAttribute(node, 'SrcT') === ofAttribute(node, 'DstT')),
  ).length;
}

/** Kernels of a step of training on two crops. */
function kernelsOfStep(crop: Size3, available: readonly Modality[]): number {
  const training = createSmall();
  const batch = {
    images: tf.ones<tf.Rank.R5>([2, ...crop, 4]),
    regions: tf.ones<tf.Rank.R5>([2, ...crop, 3]),
  };
  let kernels = 0;
  const counting: Steps = {
    ...openSteps(),
    run: ({ inputs, variables, compute }) =>
      recordOps((recorder) => {
        for (const tensor of [...inputs, ...variables]) recorder.declare(tensor);
        let note: ReturnType<typeof compute>['note'] | undefined;
        const results = tf.tidy(() => {
          const computed = compute(refuse as never);
          note = computed.note;
          return computed.results;
        });
        kernels = kernelsOf(recorder.nodes);
        return { results, note: note as NonNullable<typeof note>, accepted: true };
      }),
  };
  const position = { ...at(0), stage: 2, learningRate: 1e-3 } as const;
  trainOnBatch(counting, training, { batch, available: [available], position });
  tf.dispose([batch.images, batch.regions]);
  disposeTraining(training);
  return kernels;
}

test('fused, a step on two crops is less than 1500 kernels', () => {
  // Neither width nor size change the number, but for how many dilated convolutions see more than their own place:
  // in the second as in the crops of the paper.
  for (const crop of [
    [32, 64, 64],
    [80, 32, 32],
  ] as const) {
    for (const available of [MODALITIES, ['flair', 't2'] as const]) {
      const fused = usingKernels('fused', () => kernelsOfStep(crop, available));
      assert.ok(fused < 1500, `${fused} kernels`);
    }
  }
});

test('200 steps over all 15 subsets leave no tensor and keep a function each', (t) => {
  const steps = openFunctions(t);
  const training = createSmall();
  const before = tf.memory().numTensors;
  for (let number = 0; number < 200; number++) {
    take(steps, training, number, {
      available: MODALITY_SUBSETS[number % MODALITY_SUBSETS.length],
    });
    assert.equal(tf.memory().numTensors, before);
  }
  assert.equal(steps.functions(), MODALITY_SUBSETS.length);
  disposeTraining(training);
});

test('a function, too, changes nothing where a loss or gradient is not finite, and says which', (t) => {
  const steps = openFunctions(t);
  const training = createSmall();
  const available = MODALITIES;
  for (let number = 0; number < 3; number++) take(steps, training, number, { available });
  assert.equal(steps.functions(), 1);
  const name = 'shared_dec.cls_conv.0.weight';
  const weight = training.parameters[name];
  const good = weight.clone();
  tf.tidy(() => weight.assign(tf.mul(weight, Infinity)));
  const bytes = bytesOf(training);
  const tensors = tf.memory().numTensors;
  const { wrong, losses } = take(steps, training, 3, { available });
  assert.equal(wrong?.field, 'dice');
  assert.ok(Number.isNaN(losses.dice));
  assert.deepEqual(bytesOf(training), bytes);
  weight.assign(good);
  assert.equal(tf.memory().numTensors, tensors);

  // A finite loss whose gradient is none: the slope of a root at 0.
  const { model } = training;
  const loss: typeof model.loss = (input, options) => {
    const whole = model.loss(input, options);
    const root = tf.sum(tf.sqrt(tf.sub(weight, weight.clone())));
    return { ...whole, total: tf.add(whole.total, root) as tf.Scalar };
  };
  const own = openFunctions(t);
  const start = bytesOf(training);
  const found = Array.from({ length: 3 }, () =>
    take(own, { ...training, model: { ...model, loss } }, 0, { available }),
  );
  assert.equal(own.functions(), 1);
  for (const result of found) {
    assert.equal(result.wrong?.field, `the gradient of ${name}`);
    assert.deepEqual(result, found[0]);
  }
  assert.deepEqual(bytesOf(training), start);
  good.dispose();
  disposeTraining(training);
});
