import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { audiovision } from '../avmnist/experiments';
import { trainAvMnist } from '../avmnist/train';
import { openBatches } from '../brats/batches';
import { findDataSet } from '../brats/data-set';
import { trainBrats } from '../brats/train';
import { createTraining, disposeTraining } from '../brats/training';
import { buildConfig, type AvMnistConfig, type BratsConfig } from '../config';
import type { AvMnist, AvMnistPairs } from '../datasets/av-mnist/avmnist';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { readRecord } from '../base/json-record';
import type { Parameters } from '../nn/parameters';
import { NUMERICS } from '../base/numerics';
import { inFloat64 } from '../checks/parity/float64';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { writeFileAtomic } from '../base/atomic-write';
import { shippedFile } from '../base/shipped-file';

/**
 * The numbers of two tiny trainings, by MCKD_RECORD_NUMERICS=1 node --test lib/dist/checks/numerics.test.js. Another
 * processor sums in another order, so bytes and their hashes differ between machines; in double precision the rest of
 * that is under a millionth. There the kit's own kernels do not run: their tests compare them with composed ops.
 */
const FILE = shippedFile('checks', 'fixtures', 'numerics.json');
const TOLERANCE = 1e-5;

const numbers = z.record(z.string(), z.number());
const fixture = z.strictObject({
  brats: z.strictObject({ numerics: z.int(), numbers }),
  avMnist: z.strictObject({ numerics: z.int(), numbers }),
});
type Numbers = z.infer<typeof numbers>;

/** sqrt(sum x^2) over all values of all tensors. */
function norm(all: Parameters): number {
  return Math.sqrt(
    tf.tidy(() =>
      Object.values(all).reduce((sum, one) => sum + tf.sum(tf.square(one)).dataSync()[0], 0),
    ),
  );
}

/** One step of stage one and two of stage two, each with augmented crops and a meta event. */
async function bratsNumbers(t: TestContext, changes: Partial<BratsConfig> = {}): Promise<Numbers> {
  const root = temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    writeMadeCase(join(root, 'data'), name, { shape: [36, 38, 40] });
  }
  const { brats } = buildConfig('smoke', {
    brats: {
      width: 1 / 16,
      stageOne: { until: 1, metaEvery: 1 },
      stageTwo: { until: 2, metaEvery: 1 },
      ...changes,
    },
  });
  const data = findDataSet(join(root, 'data'));
  const training = createTraining(brats, 0);
  const prepared = { folder: join(root, 'prepared') };
  const batches = openBatches(data, brats, 0, { workers: 0, prepared });
  const found: Numbers = { 'norm of the start': norm(training.parameters) };
  for await (const event of trainBrats(training, batches)) {
    const { step, losses, meta } = event;
    const { dice, crossEntropy, distillation } = losses;
    Object.assign(found, {
      [`step ${step}, dice`]: dice,
      [`step ${step}, cross-entropy`]: crossEntropy,
      [`step ${step}, distillation`]: distillation,
      [`step ${step}, norm of the velocities`]: norm(training.optimizer.slots.velocity),
    });
    if (meta?.loss === undefined) continue;
    found[`step ${step}, meta loss`] = meta.loss;
    meta.weights?.forEach((w, m) => (found[`step ${step}, w ${m}`] = w));
  }
  await batches.close();
  disposeTraining(training);
  return found;
}

/** Noise for two digits: nothing to learn, but everything is computed. */
function noisePairs(name: string, perDigit: number): AvMnistPairs {
  const stream = randomStream(0, `numerics/${name}`);
  const digits = Uint8Array.from({ length: 10 * perDigit }, (_, p) => Math.floor(p / perDigit));
  const noise = (side: number): Float32Array =>
    Float32Array.from({ length: digits.length * side * side }, () => 2 * stream.uniform() - 1);
  return {
    digits,
    images: noise(28),
    speech: noise(20),
    imageIndices: Array.from(digits, (_, p) => p),
    recordings: Array.from(digits, (digit, p) => `${digit}_theo_${p}`),
  };
}

/** An epoch of two steps with a meta event. */
async function avNumbers(changes: Partial<AvMnistConfig> = {}): Promise<Numbers> {
  const data: AvMnist = {
    train: noisePairs('train', 6),
    test: noisePairs('test', 2),
    alone: {},
    provenance: 'synthetic',
    protocol: 'av-mnist-synthetic-speech',
    speechDescription: 'noise',
    sha256: '0',
  };
  const { base } = audiovision(
    buildConfig('smoke', {
      avMnist: { batchSize: 25, rates: [0.5], heldOutShare: 0.2, ...changes },
    }),
  );
  const cell = { method: 'mckd', scarce: 'speech', rate: 0.5 } as const;
  const found: Numbers = {};
  for await (const event of trainAvMnist(data, { ...base, ...cell }, 0)) {
    if (event.kind !== 'epoch') continue;
    const { losses, heldOutLoss, weights } = event;
    const { task: taskLoss, distillation: distillationLoss } = losses;
    Object.assign(found, { taskLoss, distillationLoss, heldOutLoss });
    weights.forEach((w, m) => (found[`w ${m}`] = w));
  }
  return found;
}

/** Numbers that differ by more than the tolerance, relative to the larger. */
function otherNumbers(found: Numbers, known: Numbers): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(known)]);
  return [...names].flatMap((name) => {
    const [a, b] = [found[name] ?? NaN, known[name] ?? NaN];
    const share = a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
    return share <= TOLERANCE ? [] : [`${name}: ${b} before, ${a} now`];
  });
}

const RAISE = (task: string): string =>
  `a training of ${task} gives other numbers: raise NUMERICS.${task} in lib/base/numerics.ts and record them ` +
  '(MCKD_RECORD_NUMERICS=1 node --test lib/dist/checks/numerics.test.js)';

test('trainings give the numbers of their NUMERICS, and not with a setting changed by a hundredth', async (t) => {
  const found = {
    brats: await inFloat64(() => bratsNumbers(t)),
    avMnist: await avNumbers(),
  };
  if (process.env.MCKD_RECORD_NUMERICS) {
    const record = {
      brats: { numerics: NUMERICS.brats, numbers: found.brats },
      avMnist: { numerics: NUMERICS.avMnist, numbers: found.avMnist },
    };
    writeFileAtomic(FILE, `${JSON.stringify(record, null, 2)}\n`);
  }
  assert.ok(existsSync(FILE));
  const known = readRecord(fixture, FILE);
  for (const task of ['brats', 'avMnist'] as const) {
    assert.deepEqual(otherNumbers(found[task], known[task].numbers), [], RAISE(task));
    assert.equal(known[task].numerics, NUMERICS[task], 'record the numbers of these NUMERICS');
  }
  const { importance } = buildConfig('smoke').brats;
  const faster = { importance: { ...importance, learningRate: 1.01 * importance.learningRate } };
  const others = otherNumbers(await inFloat64(() => bratsNumbers(t, faster)), known.brats.numbers);
  assert.notDeepEqual(others, [], 'a step of theta_w that is a hundredth longer is not detected');
  for (const changes of [{ learningRate: 1.01e-3 }, { distance: 'MSE' as const }]) {
    const others = otherNumbers(await avNumbers(changes), known.avMnist.numbers);
    assert.notDeepEqual(others, [], `not detected: ${JSON.stringify(changes)}`);
  }
});
