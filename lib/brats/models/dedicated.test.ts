import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODALITIES, type Modality } from '../../base/modality';
import { sha256 } from '../../base/sha256';
import { noiseBatch } from '../../checks/fixtures/noise-batch';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { assertNoLeak } from '../../checks/fixtures/tensors';
import { BRATS_METHODS, bratsMethod, buildConfig } from '../../config';
import { LABELS } from '../../datasets/brats/label-codes';
import { openSteps, type Steps } from '../../graph/steps';
import { tf } from '../../nn/tf';
import { loadTraining, saveTraining } from '../checkpoint';
import { labelsOfProbabilities } from '../infer/labels';
import { segmentCase } from '../infer/segment-case';
import type { CaseVolume } from '../infer/volumes';
import { networkSize } from '../network-size';
import { trainOnBatch } from '../steps';
import { createTraining, disposeTraining, type Training } from '../training';
import { regionsOfSigmoids } from './acn';
import { requireOwnScan } from './dedicated';
import { modelNamed } from '.';

const SIZE = [32, 32, 32] as const;

const created = (model: string): Training =>
  createTraining(buildConfig('smoke', { brats: { model } }).brats, 0);

interface At {
  stage: 1 | 2;
  iteration?: number;
  learningRate?: number;
}

function take(steps: Steps, training: Training, { stage, iteration, learningRate }: At): object {
  const { step } = training;
  const batch = noiseBatch(step, [...SIZE]);
  const position = {
    ...{ step, iteration: iteration ?? step, until: 100, stage },
    learningRate: learningRate ?? 1e-3,
  };
  const { losses, wrong } = trainOnBatch(steps, training, {
    batch,
    available: [['t1ce']],
    position,
  });
  tf.dispose([batch.images, batch.regions]);
  assert.equal(wrong, undefined);
  training.step += 1;
  return losses;
}

/** A hash of each parameter. */
const valuesOf = ({ parameters }: Training): Map<string, string> =>
  new Map(
    Object.entries(parameters).map(([name, p]) => {
      const { buffer, byteOffset, byteLength } = p.dataSync();
      return [name, sha256(Buffer.from(buffer, byteOffset, byteLength))];
    }),
  );

/** Names of the parameters that differ. */
function moved(before: Map<string, string>, training: Training): string[] {
  return [...valuesOf(training)].flatMap(([name, now]) => (before.get(name) === now ? [] : name));
}

const PARTS: Record<string, string[]> = {
  acn: [
    ...['diceMulti', 'diceMono', 'consistency', 'mutualInformation', 'adversarialEntropy'],
    ...['adversarialFeature', 'discriminatorEntropy', 'discriminatorFeature'],
  ],
  kdnet: ['dice', 'crossEntropy', 'distillation', 'divergence'],
};

test('every dedicated method is here', () => {
  const dedicated = Object.keys(BRATS_METHODS).filter((name) => bratsMethod(name).dedicated);
  assert.deepEqual(Object.keys(PARTS), dedicated);
});

for (const [model, parts] of Object.entries(PARTS)) {
  test(`${model}: steps as functions are those op by op, a checkpoint continues them, and all leave no tensor`, async (t) => {
    const file = join(temporaryFolder(t), 'training.safetensors');
    const before = tf.memory().numTensors;
    const [functions, eager] = [openSteps(), openSteps({ expected: 1 })];
    const [one, other] = [created(model), created(model)];
    const round = (steps: Steps, training: Training): object[] =>
      ([1, 2] as const).map((stage) => take(steps, training, { stage }));
    for (let times = 0; times < 4; times++) {
      const losses = round(functions, one);
      assert.deepEqual(losses, round(eager, other));
      for (const own of losses) assert.deepEqual(Object.keys(own), parts);
    }
    assert.ok(functions.functions() > 0);
    saveTraining(file, one);
    const loaded = await loadTraining(file);
    assert.deepEqual(round(eager, loaded), round(eager, other));
    assert.deepEqual(valuesOf(loaded), valuesOf(other));
    for (const training of [one, other, loaded]) disposeTraining(training);
    for (const steps of [functions, eager]) steps.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  test(`${model}: a network sees its own scan, whichever others there are, and zeros where that one is missing`, () => {
    const training = created(model);
    const [steps, tile] = [openSteps({ expected: 1 }), [32, 32, 32] as const];
    const batch = noiseBatch(0, [...SIZE]);
    const volumes = tf.tidy(() =>
      tf.split(batch.images, 4, 4).map((x) => x.dataSync() as Float32Array),
    );
    const scans = new Map(MODALITIES.map((modality, m) => [modality, volumes[m]]));
    assertNoLeak(() => {
      const segmented = (available: readonly Modality[], known = true): string => {
        const { model: own, parameters, config } = training;
        const tiles = own.openTiles(parameters, [...tile], steps, known ? config.scans : undefined);
        const open = tiles.open(scans);
        // As a volume's tiles are segmented, and as it is said of `logits`.
        const maps = tf.tidy(() => own.probabilities(open.logits(available)));
        const [logits, again] = [open.logits(available), open.logits(available)];
        assert.deepEqual(maps.shape, [1, ...tile, 3]);
        assert.deepEqual(logits.dataSync(), again.dataSync());
        const text = sha256(Buffer.from((maps.dataSync() as Float32Array).buffer));
        tf.dispose([logits, again, maps]);
        open.dispose();
        tiles.dispose();
        return text;
      };
      const own = segmented(['t1ce']);
      assert.equal(segmented(['flair', 't1ce', 't2']), own);
      const blind = segmented(['flair']);
      assert.notEqual(blind, own);
      assert.equal(segmented(['t1', 't2']), blind);
      assert.equal(segmented(['t1ce'], false), own);
      assert.notEqual(segmented(['flair'], false), blind);
      assert.throws(
        () => segmented(['flair', 't1ce'], false),
        /available is flair,t1ce, and the checkpoint doesn't say for which scan/,
      );
      assert.ok(networkSize(training, [...tile]).multiplyAdds > 1e6);
    });
    assert.throws(
      () => requireOwnScan(training, [['flair', 't1ce'], ['t2']]),
      /available is t2, and this network of method \w+ segments from t1ce alone/,
    );
    requireOwnScan(training, [['flair', 't1ce'], ['t1ce']]);
    requireOwnScan({ ...training, config: undefined }, [['t2']]);
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
    steps.dispose();
  });

  test(`${model}: scans but for a list of one are one sentence with field and value`, () => {
    for (const scans of ['random', 'all', ['flair', 't1']] as const) {
      const shown = JSON.stringify(scans).replaceAll(/[[\]]/g, '.');
      assert.throws(
        () => buildConfig('smoke', { brats: { model, scans } }),
        new RegExp(`config brats.scans is .*list of one scan with method ${model}`),
      );
      const { brats } = buildConfig('smoke', { brats: { model } });
      assert.throws(
        () => createTraining({ ...brats, scans }, 0),
        new RegExp(`brats.scans is ${shown}, and method ${model} is trained for one scan`),
      );
    }
  });
}

test('a case is not segmented from scans that the network is blind to', async () => {
  const training = created('kdnet');
  const volume = { name: 'case', scans: MODALITIES, size: SIZE } as unknown as CaseVolume;
  const segmented = segmentCase(training, volume, [['flair', 't2']], { tile: SIZE });
  await assert.rejects(segmented.next(), /available is flair,t2.*segments from t1ce alone/);
  disposeTraining(training);
});

test('KD-Net: the teacher learns in stage one and the student in stage two, while the other keeps every bit', () => {
  const training = created('kdnet');
  const steps = openSteps({ expected: 1 });
  for (const [stage, learner] of [
    [1, 'teacher.'],
    [2, 'student.'],
  ] as const) {
    const before = valuesOf(training);
    const counts = { ...training.optimizer.counts };
    take(steps, training, { stage });
    const names = moved(before, training);
    assert.ok(names.length > 0 && names.every((name) => name.startsWith(learner)), learner);
    for (const [name, count] of Object.entries(training.optimizer.counts))
      assert.equal(count - counts[name], Number(name.startsWith(learner)), name);
  }
  steps.dispose();
  disposeTraining(training);
});

test('ACN: discriminators have a rate of their own, and what no loss reaches stays', () => {
  const training = created('acn');
  const steps = openSteps({ expected: 1 });
  const before = valuesOf(training);
  const bias = training.parameters['d_feature.0.bias'];
  const was = bias.dataSync().slice();
  take(steps, training, { stage: 2, learningRate: 0 });
  const names = moved(before, training);
  assert.ok(names.length > 0 && names.every((name) => name.startsWith('d_')), names.join());
  const rate = training.config.learningRate;
  for (const [i, value] of bias.dataSync().entries())
    assert.ok(Math.abs(Math.abs(value - was[i]) / rate - 1) < 0.01, `${value} and ${was[i]}`);
  const now = valuesOf(training);
  take(steps, training, { stage: 2 });
  const later = moved(now, training);
  for (const begins of ['model.unet.', 'model_mono.unet.', 'model_mono.VID_branch.', 'd_main.'])
    assert.ok(
      later.some((name) => name.startsWith(begins)),
      begins,
    );
  assert.ok(!later.some((name) => /vae_branch|^model\.VID_branch/.test(name)));
  steps.dispose();
  disposeTraining(training);
});

test("ACN: the outputs' distance weighs more from epoch to epoch, up to the twentieth", () => {
  const model = modelNamed('acn');
  const { brats: config } = buildConfig('smoke', { brats: { model: 'acn' } });
  const weights = [0, 1, 10, 20, 40].map((iteration) =>
    model.numbers!({ iteration, until: 300 }, { ...config, epoch: 1 }),
  );
  const rising = [...weights].sort(([a], [b]) => a - b);
  assert.deepEqual(weights, rising);
  assert.deepEqual(weights.slice(-2), [[10], [10]]);
});

test("ACN: a voxel is in a region where any of its sigmoids is above a half, the background's without part in it", () => {
  const voxels = [
    { of: [0.6, 0.1, 0.1, 0.9], label: LABELS.oedema },
    { of: [0.6, 0.7, 0.1, 0.9], label: LABELS.core },
    { of: [0.1, 0.1, 0.7, 0.9], label: LABELS.enhancing },
    { of: [0.5, 0.5, 0.5, 0.1], label: LABELS.background },
  ];
  const maps = tf.tidy(() => {
    const sigmoids = tf.tensor5d(
      voxels.flatMap(({ of }) => of),
      [1, voxels.length, 1, 1, 4],
    );
    return tf.transpose(regionsOfSigmoids(sigmoids), [0, 4, 1, 2, 3]);
  });
  const labels = labelsOfProbabilities(maps.dataSync() as Float32Array);
  assert.deepEqual(
    [...labels],
    voxels.map(({ label }) => label),
  );
  maps.dispose();
});
