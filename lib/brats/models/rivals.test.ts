import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODALITIES, type Modality } from '../../base/modality';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { buildConfig, type BratsConfig } from '../../config';
import { openSteps, type Steps } from '../../graph/steps';
import { tf } from '../../nn/tf';
import { loadTraining, saveTraining } from '../checkpoint';
import { positionAt } from '../schedule';
import { trainOnBatch } from '../steps';
import { createTraining, disposeTraining, trainingStream, type Training } from '../training';
import { noiseBatch } from '../../checks/fixtures/noise-batch';

/** Of a few scans: on fresh weights the gradient through scans that are missing overflows. */
function createSmall(
  model: string,
  scans: BratsConfig['scans'] = ['flair', 't1ce', 't2'],
): Training {
  const { brats } = buildConfig('smoke', { brats: { width: 1 / 32, model, scans } });
  return createTraining(brats, 0);
}

function take(steps: Steps, training: Training, available: readonly Modality[]): object {
  const batch = noiseBatch(training.step);
  const rest = { available, stage: 2, learningRate: 1e-3 } as const;
  const { losses, wrong } = trainOnBatch(steps, training, { batch, ...rest });
  tf.dispose([batch.images, batch.regions]);
  assert.equal(wrong, undefined);
  training.step += 1;
  return losses;
}

const PARTS = {
  lckd: ['dice', 'crossEntropy', 'distillation'],
  shaspec: ['dice', 'crossEntropy', 'shared', 'specific'],
};

for (const [model, parts] of Object.entries(PARTS)) {
  test(`${model}: steps as functions are those op by op, a checkpoint continues them, tiles and all leave no tensor`, async (t) => {
    const file = join(temporaryFolder(t), 'training.safetensors');
    const before = tf.memory().numTensors;
    const [functions, eager] = [openSteps(), openSteps({ expected: 1 })];
    const [one, other] = [createSmall(model), createSmall(model)];
    const subsets: Modality[][] = [['flair', 't1ce'], ['flair', 't1ce', 't2'], ['t2']];
    const round = (steps: Steps, training: Training): object[] =>
      subsets.map((available) => take(steps, training, available));
    for (let times = 0; times < 3; times++) {
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
      assert.deepEqual(logits.shape, [1, 16, 32, 32, 3]);
      logits.dispose();
    }
    open.dispose();
    tiles.dispose();
    for (const training of [one, other, loaded]) disposeTraining(training);
    for (const steps of [functions, eager]) steps.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

test('LCKD elects teachers by the held-out crops, and starts stage two with FLAIR again', async () => {
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
      eachHeldOut: async (draw, act) => {
        for (const number of [1, 2]) {
          const batch = noiseBatch(number);
          act(batch, draw());
          tf.dispose([batch.images, batch.regions]);
        }
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
