import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { labelsOfRegions, regionMasks } from '../datasets/brats';
import type { PreparedCase } from '../loading/sampling';
import type { Size3 } from '../volume/size';
import { voxelCount } from '../volume/size';
import { collectGarbage } from '../base/garbage';
import { segmentSubsets } from './infer/segment-slabs';
import { diceScore } from '../metrics/overlap';
import { MODALITY_SUBSETS } from '../base/modality';
import { openSteps } from '../graph/steps';
import { segmentationParameters } from '../models/segmentation';
import { usingKernels } from '../nn/kernels';
import { disposeAll } from '../nn/parameters';
import { filled } from '../checks/parity/filling';
import { mckdModel } from './models';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { scoreCase } from './evaluate';

const TILE = [16, 32, 32] as const;

/** A case of random scans and labels; `without` leaves a label out. */
function madeCase(size: Size3, without?: number): PreparedCase {
  const count = voxelCount(size);
  const stream = randomStream(0, 'labels');
  const labels = Uint8Array.from({ length: count }, () => [0, 0, 1, 2, 4][stream.integer(5)]);
  const kept = labels.map((label) => (label === without ? 0 : label));
  const images = filled('images', 4 * count, -1, 1);
  return { name: 'made', size, images, regions: regionMasks(kept) };
}

interface Backend {
  executeSingleOutput(...args: unknown[]): tf.Tensor;
  executeMultipleOutputs(...args: unknown[]): tf.Tensor[];
}

type OpWatcher = (name: string, inputs: tf.Tensor[], output: tf.Tensor) => void;

/** Reports every TensorFlow op until the test is over. */
function watchOps(t: TestContext, see: OpWatcher): void {
  const backend = tf.backend() as unknown as Backend;
  for (const method of ['executeSingleOutput', 'executeMultipleOutputs'] as const) {
    const own = backend[method].bind(backend);
    t.mock.method(backend, method, (...args: [string, unknown, tf.Tensor[]]) => {
      const result = own(...args);
      see(args[0], args[2], Array.isArray(result) ? result[0] : result);
      return result;
    });
  }
}

/** Scans that an op starts to encode: only the encoder's first layer has a kernel of 7. */
function scansEncoded(name: string, [x, weight]: tf.Tensor[]): number {
  return name === 'Conv3D' && weight.shape[0] === 7 ? x.shape[0] : 0;
}

/** Products of two numbers in a convolution or a matrix product, 0 in other ops. */
function multiplications(name: string, [a, b]: tf.Tensor[], output: tf.Tensor): number {
  if (name === 'Conv3D') return (output.size * b.size) / (b.shape.at(-1) ?? 1);
  // [m, k] and [k, n] to [m, n].
  return /MatMul/.test(name) ? Math.sqrt(a.size * b.size * output.size) : 0;
}

test('slabs give the Dice of whole maps, bit for bit, in a fraction of their memory', async (t) => {
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'evaluate'));
  const made = madeCase([48, 32, 32], 4);
  const before = tf.memory().numTensors;
  const maps = segmentSubsets({ model: mckdModel, parameters }, made, MODALITY_SUBSETS, {
    tile: TILE,
  });
  const count = voxelCount(made.size);
  const expected = maps.map((map) => {
    const masks = regionMasks(labelsOfRegions(map.map((p) => Number(p > 0.5))));
    return [0, 1, 2].map((region) => {
      const of = (values: Uint8Array): Uint8Array =>
        values.subarray(region * count, (region + 1) * count);
      return diceScore(of(masks), of(made.regions));
    });
  });
  const whole = maps.reduce((sum, map) => sum + map.byteLength, 0);
  maps.length = 0;

  const arrays = (): number => {
    // The first finds unreachable objects, the second frees them.
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const start = arrays();
  let most = 0;
  watchOps(t, (name, inputs) => {
    if (scansEncoded(name, inputs) > 0) most = Math.max(most, arrays() - start);
  });
  assert.deepEqual(
    (await scoreCase({ model: mckdModel, parameters }, made, { tile: TILE })).dice,
    expected,
  );
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  assert.ok(most > 0 && most < whole / 2, `${most} bytes held, and ${whole} for whole maps`);
  assert.ok(new Set(expected.map(([, , core]) => core)).size > 7, 'subsets differ');
  assert.ok(
    expected.every(([et]) => et === 0 || et === 1),
    'there is no enhancing tumour',
  );
  disposeAll(parameters);
});

for (const kernels of ['native', 'composed', 'fused'] as const) {
  test(`tiles as functions give the bits of those op by op: ${kernels}`, () => {
    const run = (): void => {
      const parameters = segmentationParameters(1 / 32, randomStream(0, 'evaluate'));
      const network = { model: mckdModel, parameters };
      const made = madeCase([48, 32, 32]);
      const before = tf.memory().numTensors;
      const functions = openSteps({
        onRefused: (note) => {
          throw new Error(note);
        },
      });
      const maps = [openSteps({ expected: 1 }), functions].map((steps) =>
        segmentSubsets(network, made, MODALITY_SUBSETS, { tile: TILE, steps }),
      );
      assert.equal(functions.functions(), process.env.MCKD_STEPS === 'eager' ? 0 : 2);
      functions.dispose();
      assert.deepEqual(maps[1], maps[0]);
      assert.equal(tf.memory().numTensors, before, 'tensors left behind');
      disposeAll(parameters);
    };
    usingKernels(kernels, run);
  });
}

test('15 subsets at once take less than a third of the work of 15 runs, and give the same', (t) => {
  const parameters = segmentationParameters(1 / 16, randomStream(0, 'evaluate'));
  const made = madeCase(TILE);
  let [scans, products] = [0, 0];
  watchOps(t, (name, inputs, output) => {
    scans += scansEncoded(name, inputs);
    products += multiplications(name, inputs, output);
  });
  const work = <T>(action: () => T): { result: T; scans: number; products: number } => {
    [scans, products] = [0, 0];
    const result = action();
    return { result, scans, products };
  };
  const together = work(() =>
    segmentSubsets({ model: mckdModel, parameters }, made, MODALITY_SUBSETS, { tile: TILE }),
  );
  const apart = work(() =>
    MODALITY_SUBSETS.map(
      (s) => segmentSubsets({ model: mckdModel, parameters }, made, [s], { tile: TILE })[0],
    ),
  );
  for (const [s, map] of together.result.entries()) {
    const alone = apart.result[s];
    const most = map.reduce((worst, p, i) => Math.max(worst, Math.abs(p - alone[i])), 0);
    assert.ok(most < 1e-6, `${MODALITY_SUBSETS[s].join()} differs by ${most}`);
  }
  t.diagnostic(
    `scans encoded: ${together.scans} and ${apart.scans}; ` +
      `multiplications, decoder included: ${(apart.products / together.products).toFixed(2)} times fewer`,
  );
  // Four scans of the tile, and over 15 runs 32; zeros once, and once per run.
  assert.deepEqual([together.scans, apart.scans], [4 + 1, 32 + 15]);
  assert.ok(together.products > 0);
  assert.ok(apart.products > 3 * together.products, `${apart.products}, ${together.products}`);
  disposeAll(parameters);
});
