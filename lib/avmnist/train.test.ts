import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AV_METHODS, buildConfig, type AvMethod, type AvTrainingConfig } from '../config';
import { blockData as data } from '../checks/fixtures/av-mnist-blocks';
import { withFewIterations } from '../checks/fixtures/few-iterations';
import type { AvMnist } from '../datasets/av-mnist/avmnist';
import { UserError } from '../base/errors';
import { usesGpu, usingKernels } from '../nn/kernels';
import { tf } from '../nn/tf';
import type { Trained } from '../experiment/experiment';
import type { AvCell } from './arms';
import { audiovision } from './experiments';
import type { AvEvent, AvScores } from './run';
import { rightOnes } from './predictions';
import { trainAvMnist, type AvTrainingOptions } from './train';

/** For comparisons number for number. */
const ONE_ORDER = { skip: usesGpu() && 'sums on a GPU are in any order' };

/** Enough epochs for a comparison number for number: 24 steps, which run as a function. */
const FEW = { epochs: 3 };
const { base: config } = audiovision(
  buildConfig('smoke', { avMnist: { epochs: 5, batchSize: 20, rates: [0.5] } }),
);

type AvTraining = Trained<AvScores>;

async function collect(
  cell: Partial<AvTrainingConfig>,
  seed: number,
  onCompiled?: AvTrainingOptions['onCompiled'],
): Promise<{ events: AvEvent[]; run: AvTraining }> {
  const events: AvEvent[] = [];
  const own = { ...config, ...cell };
  const options = { model: withFewIterations(own), onCompiled };
  for await (const event of trainAvMnist(data, own, seed, options)) events.push(event);
  const last = events[events.length - 1];
  assert.equal(last.kind, 'done');
  return { events, run: (last as { run: AvTraining }).run };
}

/** Methods that start from encoders trained alone. */
const FROM_TRAINED: readonly AvMethod[] = ['autoEncoder', 'gan', 'smil'];
const start = (method: AvMethod): Partial<AvTrainingConfig> =>
  FROM_TRAINED.includes(method) ? { pretrain: 'each' } : {};

for (const scarce of ['speech', 'image'] as const) {
  for (const method of AV_METHODS) {
    test(`${method}, ${scarce} scarce: one event per epoch, the loss falls, no tensor is leaked`, async () => {
      const before = tf.memory().numTensors;
      const { events, run } = await collect({ method, scarce, rate: 0.5, ...start(method) }, 3);
      assert.equal(tf.memory().numTensors, before);
      const losses = run.curves.losses.task;
      assert.equal(events.length, losses.length + 1);
      const fallen = FROM_TRAINED.includes(method) ? 1 : 0.8;
      assert.ok(losses[losses.length - 1] < fallen * losses[0], losses.join(' '));
      assert.equal(
        run.confusion.flat().reduce((a, b) => a + b),
        data.test.digits.length,
      );
      const { pairs, alone } = run.predictions!;
      const share = (count: number, wrong: number[]): number => (count - wrong.length) / count;
      const curve = run.curves.testAccuracy;
      for (const [epoch, wrong] of [
        [curve.length, pairs.last],
        [run.chosenEpoch, pairs.chosen],
      ] as const)
        assert.ok(Math.abs(share(pairs.count, wrong) - curve[epoch - 1]) < 1e-5);
      const tested = scarce === 'speech' ? 'image' : 'speech';
      assert.equal(alone?.modality, method === 'upperBound' ? undefined : tested);
      // The images alone are those of the pairs, so each is predicted as in its pair.
      if (alone?.modality === 'image')
        for (const epoch of ['last', 'chosen'] as const)
          assert.deepEqual(rightOnes(60, alone[epoch]), rightOnes(60, pairs[epoch]));
      else if (alone) assert.equal(alone.count, 40);
      const distils = method === 'equalWeights' || method === 'mckd';
      assert.equal(run.curves.losses.distillation?.every((loss) => loss > 0) ?? false, distils);
      assert.equal(run.curves.weights.length, method === 'mckd' ? config.epochs : 0);
    });
  }
}

/** Where images are scarce, SMIL alone takes other ops. */
const STEPS = [
  ...AV_METHODS.map((method) => ({ method, scarce: 'speech' as const })),
  { method: 'smil', scarce: 'image' } as const,
];

for (const kernels of ['native', 'composed', 'fused'] as const) {
  for (const { method, scarce } of STEPS) {
    test(
      `${method}, ${scarce} scarce: steps as functions give the numbers of those op by op, ${kernels}`,
      ONE_ORDER,
      async (t) => {
        const before = process.env.MCKD_STEPS;
        t.after(() => {
          if (before === undefined) delete process.env.MCKD_STEPS;
          else process.env.MCKD_STEPS = before;
        });
        const cell = { method, scarce, rate: 0.5, ...start(method) } as const;
        let compiled = 0;
        const both = async (): Promise<AvTraining[]> => {
          process.env.MCKD_STEPS = 'eager';
          const eager = await collect({ ...cell, ...FEW }, 4);
          delete process.env.MCKD_STEPS;
          const functions = await collect({ ...cell, ...FEW }, 4, () => (compiled += 1));
          return [eager.run, functions.run];
        };
        const [eager, functions] = await usingKernels(kernels, both);
        assert.ok(compiled > 0, 'no step became a function');
        assert.deepEqual({ ...functions, seconds: {} }, { ...eager, seconds: {} });
      },
    );
  }
}

test('a run repeats number for number; another seed gives another', ONE_ORDER, async () => {
  const cell = { method: 'mckd', scarce: 'speech', rate: 0.5, ...FEW } as const;
  const [first, again, other] = [
    await collect(cell, 1),
    await collect(cell, 1),
    await collect(cell, 2),
  ];
  const timeless = ({ run }: { run: AvTraining }): AvTraining => ({ ...run, seconds: {} });
  assert.deepEqual(timeless(again), timeless(first));
  assert.notDeepEqual(other.run.curves, first.run.curves);
});

test(
  'methods of one seed have the same initial weights and differ only in the distillation',
  ONE_ORDER,
  async () => {
    const cell = { scarce: 'speech', rate: 0.5, ...FEW } as const;
    const none = await collect({ ...cell, method: 'noDistillation' }, 1);
    const equal = await collect({ ...cell, method: 'equalWeights' }, 1);
    const free = { ...cell, method: 'equalWeights', distillationWeight: 0 } as const;
    const { run: unweighted } = await collect(free, 1);
    const task = ({ curves }: AvTraining): number[] => curves.losses.task;
    assert.deepEqual(task(unweighted), task(none.run));
    assert.notDeepEqual(task(equal.run), task(none.run));
  },
);

test(
  'the mean over complete pairs is that over the batch times pairs per complete pair',
  ONE_ORDER,
  async () => {
    // Batches of 20 with 10 complete pairs each: the first epoch's means differ by 2, and weight 0.1 equals weight 0.2.
    const cell = { method: 'equalWeights', scarce: 'speech', rate: 0.5, ...FEW } as const;
    const batch = await collect({ ...cell, distillationWeight: 0.2 }, 1);
    const pairs = await collect({ ...cell, distillationMean: 'completePairs' }, 1);
    const curves = ({ run }: { run: AvTraining }): AvScores['curves'] => run.curves;
    const [a, b] = [curves(batch), curves(pairs)];
    for (let epoch = 0; epoch < FEW.epochs; epoch++) {
      assert.ok(Math.abs(b.losses.distillation[epoch] / a.losses.distillation[epoch] - 2) < 1e-3);
      assert.ok(Math.abs(b.losses.task[epoch] - a.losses.task[epoch]) < 1e-3);
    }
    const weaker = await collect({ ...cell, distillationWeight: 0.1 }, 1);
    assert.notDeepEqual(curves(weaker).losses.task, a.losses.task);
  },
);

test('leaving the loop early frees everything', async () => {
  const before = tf.memory().numTensors;
  const cell: AvCell = { method: 'mckd', scarce: 'image', rate: 0.5 };
  for await (const event of trainAvMnist(data, { ...config, ...cell }, 0)) {
    if (event.kind === 'epoch' && event.epoch === 2) break;
  }
  assert.equal(tf.memory().numTensors, before);
});

test('a value that is not a number stops a run before it touches a weight, naming epoch, step and pairs', async () => {
  const speech = data.train.speech.slice();
  const [bad] = data.train.digits.keys();
  speech.fill(NaN, 400 * bad, 400 * (bad + 1));
  const broken: AvMnist = { ...data, train: { ...data.train, speech } };
  const before = tf.memory().numTensors;
  await assert.rejects(
    async () => {
      const cell: AvCell = { method: 'upperBound', scarce: 'speech', rate: 1 };
      const own = { ...config, ...cell };
      for await (const event of trainAvMnist(broken, own, 3)) assert.fail(event.kind);
    },
    (error: UserError) => {
      assert.ok(error instanceof UserError, error.stack);
      assert.match(error.message, /upperBound, .*seed 3: epoch 1, step \d+: the loss is NaN on /);
      assert.ok(error.message.includes(data.train.recordings[bad]), error.message);
      return true;
    },
  );
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
});
