import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { BRATS_METHODS, bratsMethod, buildConfig, type BratsConfig } from '../../config';
import { openSteps, type Steps } from '../../graph/steps';
import type { PreparedCase } from '../../loading/sampling';
import { UHVED_ORIGINAL, UHVED_PORT } from '../../models/uhved';
import { tf } from '../../nn/tf';
import { randomStream } from '../../base/random';
import { loadTraining, saveTraining } from '../checkpoint';
import { positionAt } from '../schedule';
import { trainOnBatch } from '../steps';
import { createTraining, disposeTraining, trainingStream, type Training } from '../training';
import { noiseBatch } from '../../checks/fixtures/noise-batch';
import { uhvedTiles } from './uhved';

/** Of a few scans: on fresh weights the gradient through scans that are missing overflows. */
function createSmall(
  model: string,
  scans: BratsConfig['scans'] = ['flair', 't1ce', 't2'],
): Training {
  const width = bratsMethod(model).channels ? {} : { width: 1 / 32 };
  const { brats } = buildConfig('smoke', {
    brats: { ...width, model, scans, crop: [16, 32, 32] },
  });
  return createTraining(brats, 0);
}

function take(steps: Steps, training: Training, available: readonly Modality[]): object {
  const batch = noiseBatch(training.step);
  const { step } = training;
  const at = { step, iteration: step, until: 100, stage: 2, learningRate: 1e-3 } as const;
  const input = { batch, available: [available], position: at };
  const { losses, wrong } = trainOnBatch(steps, training, input);
  tf.dispose([batch.images, batch.regions]);
  assert.equal(wrong, undefined);
  training.step += 1;
  return losses;
}

const STACKED_PARTS = [
  ...['fusedCrossEntropy', 'fusedDice', 'separateCrossEntropy', 'separateDice'],
  ...['levelsCrossEntropy', 'levelsDice'],
];

/** Parts of the loss, and channels of the logits. */
const MADE: Record<string, [parts: string[], outputs: number]> = {
  lckd: [['dice', 'crossEntropy', 'distillation'], 3],
  shaspec: [['dice', 'crossEntropy', 'shared', 'specific'], 3],
  rfnet: [STACKED_PARTS, 4],
  mmformer: [STACKED_PARTS, 4],
  uhved: [['crossEntropy', 'dice', 'decay', 'reconstruction', 'inter', 'prior'], 4],
  uhemis: [['crossEntropy', 'dice', 'decay'], 4],
  robustseg: [['crossEntropy', 'dice', 'reconstruction', 'divergence', 'decay'], 4],
};

test('every method of the kit is here, but MCKD and those of dedicated.test.ts', () => {
  const others = Object.keys(BRATS_METHODS).filter((name) => !bratsMethod(name).dedicated);
  assert.deepEqual(new Set(['mckd', ...Object.keys(MADE)]), new Set(others));
});

for (const [model, [parts, outputs]] of Object.entries(MADE)) {
  test(`${model}: steps as functions are those op by op, a checkpoint continues them, tiles and all leave no tensor`, async (t) => {
    const file = join(temporaryFolder(t), 'training.safetensors');
    const before = tf.memory().numTensors;
    const [functions, eager] = [openSteps(), openSteps({ expected: 1 })];
    const [one, other] = [createSmall(model), createSmall(model)];
    const subsets: Modality[][] = [['flair', 't1ce'], ['flair', 't1ce', 't2'], ['t2']];
    const round = (steps: Steps, training: Training): object[] =>
      subsets.map((available) => take(steps, training, available));
    // A step that was recorded twice is a function: of each subset, or one of all.
    const rounds = one.model.availability === 'mask' ? 2 : 3;
    for (let times = 0; times < rounds; times++) {
      const losses = round(functions, one);
      assert.deepEqual(losses, round(eager, other));
      assert.deepEqual(Object.keys(losses[0]), parts);
    }
    saveTraining(file, one);
    const loaded = await loadTraining(file);
    assert.deepEqual(round(eager, loaded), round(eager, other));

    const tile = [16, 32, 32] as const;
    const tiles = one.model.openTiles(one.parameters, [...tile], eager);
    const scans = new Map(
      MODALITIES.map((modality, m) => [modality, new Float32Array(16 * 32 * 32).fill(m)]),
    );
    const open = tiles.open(scans);
    for (const available of subsets) {
      const logits = open.logits(available);
      assert.deepEqual(logits.shape, [1, ...tile, outputs]);
      logits.dispose();
    }
    open.dispose();
    tiles.dispose();
    for (const training of [one, other, loaded]) disposeTraining(training);
    for (const steps of [functions, eager]) steps.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

test('mmFormer leaves the parameters that it never uses alone, and takes tiles of its crop alone', () => {
  const training = createSmall('mmformer');
  const steps = openSteps({ expected: 1 });
  const { parameters, optimizer } = training;
  const unused = Object.keys(parameters).filter((name) =>
    /^(flair|t1ce|t1|t2)_decode_conv/.test(name),
  );
  const values = (): unknown[] => unused.map((name) => parameters[name].dataSync().slice());
  const before = values();
  for (const available of [['flair'], ['t2']] as const) take(steps, training, available);
  assert.deepEqual(values(), before);
  const uncounted = Object.keys(parameters).filter((name) => optimizer.counts[name] === 0);
  assert.deepEqual([uncounted.length, uncounted], [8, unused]);
  assert.throws(
    () => training.model.openTiles(parameters, [32, 32, 32], steps),
    (error: UserError) =>
      error.details.field === 'tile' &&
      /tile is 32,32,32, which mmFormer sees as 8 tokens, .* of 4; choose/.test(error.message),
  );
  disposeTraining(training);
});

test('U-HVED segments the same sample of a tile again, another of the next tile, and in the port its mean', () => {
  const training = createSmall('uhved');
  const steps = openSteps({ expected: 1 });
  const scans = new Map([['t2' as const, Float32Array.from(noiseCase(1).images.slice(0, 4096))]]);
  /** Logits of two tiles that hold the same. */
  const twice = (openTiles: Training['model']['openTiles']): Float32Array[] => {
    const tiles = openTiles(training.parameters, [16, 16, 16], steps);
    const values = [1, 2].map(() => {
      const open = tiles.open(scans);
      const logits = open.logits(['t2']);
      const own = logits.dataSync().slice() as Float32Array;
      logits.dispose();
      open.dispose();
      return own;
    });
    tiles.dispose();
    return values;
  };
  const sampled = twice(uhvedTiles(UHVED_ORIGINAL));
  assert.notDeepEqual(sampled[0], sampled[1]);
  assert.deepEqual(twice(training.model.openTiles.bind(training.model)), sampled);
  const means = twice(uhvedTiles(UHVED_PORT));
  assert.deepEqual(means[0], means[1]);
  assert.notDeepEqual(means[0], sampled[0]);
  disposeTraining(training);
  steps.dispose();
});

/** Larger than a tile. */
function noiseCase(number: number): PreparedCase {
  const [size, count] = [[40, 32, 32] as const, 40 * 32 * 32];
  const stream = randomStream(0, `case ${number}`);
  const values = (channels: number, of: (u: number) => number): number[] =>
    Array.from({ length: channels * count }, () => of(stream.uniform()));
  return {
    name: `case-${number}`,
    size: [...size],
    images: Float32Array.from(values(4, (u) => 2 * u - 1)),
    regions: Uint8Array.from(values(3, (u) => Number(u > 0.9))),
  };
}

test('LCKD elects teachers by the held-out cases, and starts stage two with FLAIR again', async () => {
  const training = createSmall('lckd', 'random');
  const { model, config, parameters, state } = training;
  const steps = openSteps({ expected: 1 });
  const chosen = (): number[] => {
    const { teachers } = model.state!.variables(state, config).training;
    return Array.from(teachers.dataSync());
  };
  const between = async (step: number, meta: boolean): Promise<unknown> =>
    model.between!({
      ...{ config, parameters, state, steps },
      position: { ...positionAt(step, config), meta },
      streamOf: (name) => trainingStream(0, name),
      eachHeldOut: () => Promise.reject(new Error('an election is on whole cases')),
      heldOutCases: async function* () {
        for (const number of [1, 2]) yield Promise.resolve(noiseCase(number));
      },
    });
  assert.deepEqual(chosen(), [1, 0, 0, 0]);
  const log = (await between(0, true)) as {
    teachers: Modality[];
    dice: Record<Modality, number[]>;
  };
  const best = [0, 1, 2].map((region) => {
    const scores = MODALITIES.map((modality) => log.dice[modality][region]);
    return MODALITIES[scores.indexOf(Math.max(...scores))];
  });
  assert.deepEqual(new Set(log.teachers), new Set(best));
  assert.deepEqual(
    chosen(),
    MODALITIES.map((modality) => Number(best.includes(modality))),
  );
  assert.equal(await between(config.stageOne.until - 1, false), undefined);
  assert.deepEqual(chosen(), [1, 0, 0, 0]);
  disposeTraining(training);
  steps.dispose();
});
