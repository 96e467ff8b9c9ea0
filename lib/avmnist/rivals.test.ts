import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { randomStream } from '../base/random';
import { disposeNetwork, encodeImage, encodeSpeech, INFERENCE } from '../models/audio-visual';
import { blockData } from '../checks/fixtures/av-mnist-blocks';
import { withFewIterations } from '../checks/fixtures/few-iterations';
import { AV_RIVALS, buildConfig, type AvTrainingConfig } from '../config';
import type { Trained } from '../experiment/experiment';
import { tf } from '../nn/tf';
import { avArms, RIVAL_ROWS, rivalArms } from './arms';
import { audiovision, avRivals } from './experiments';
import type { AvResults } from './results';
import { classificationModel } from './models';
import { produce } from './models/imputation';
import { rivalAloneTable, rivalTable } from './rivals';
import { toDevice } from './steps';
import type { AvRun, AvScores } from './run';
import { trainAvMnist } from './train';

const config = buildConfig('smoke', { avMnist: { epochs: 2, batchSize: 32, rates: [0.5] } });
const { base } = audiovision(config);

async function scoresOf(changes: Partial<AvTrainingConfig>): Promise<Trained<AvScores>> {
  const own = { ...base, rate: 0.5, ...changes };
  for await (const event of trainAvMnist(blockData, own, 3, { model: withFewIterations(own) }))
    if (event.kind === 'done') return event.run;
  throw new Error('a training without an end');
}

test("SMIL's order and a frozen sound net change a training", async () => {
  const cell = { method: 'smil', pretrain: 'each' } as const;
  const [second, first, frozen] = [
    await scoresOf(cell),
    await scoresOf({ ...cell, smilOrder: 'first' }),
    await scoresOf({ ...cell, smilSound: 'frozen' }),
  ];
  assert.notDeepEqual(first.curves.losses, second.curves.losses);
  assert.notDeepEqual(frozen.curves.losses, second.curves.losses);
  assert.deepEqual((await scoresOf({ ...cell, smilOrder: 'second' })).curves, second.curves);
});

for (const method of ['autoEncoder', 'gan'] as const) {
  test(`${method}: the producer learns from complete pairs, and the encoders stay`, async () => {
    const before = tf.memory().numTensors;
    const cell = { ...base, method, pretrain: 'each', epochs: 30 } as const;
    const model = classificationModel(cell);
    const network = model.network(cell, randomStream(0, 'start'));
    const train = toDevice(blockData.train);
    const all = Array.from(blockData.train.digits.keys());
    const complete = all.map((p) => p % 2 === 0);
    const error = (): number =>
      tf.tidy(() => {
        const speech = encodeSpeech(network, train.speech, INFERENCE);
        const made = produce(network.statistics, encodeImage(network, train.image, INFERENCE));
        return tf.mean(tf.squaredDifference(made, speech)).dataSync()[0];
      });
    const values = (): number[] =>
      Object.values(network.parameters).map((one) => tf.tidy(() => tf.sum(one).dataSync()[0]));
    const [errorBefore, valuesBefore] = [error(), values()];
    await model.prepare?.({
      ...{ network, config: cell, stream: randomStream(0, 'prepare') },
      pairs: { train, recordings: blockData.train.recordings, sha256: blockData.sha256, seed: 0 },
      split: { train: all, heldOut: [], complete },
    });
    const errorAfter = error();
    // A GAN without a reconstruction term need not come nearer.
    if (method === 'autoEncoder')
      assert.ok(errorAfter < 0.3 * errorBefore, `${errorBefore} before, ${errorAfter} after`);
    else assert.notEqual(errorAfter, errorBefore);
    assert.deepEqual(values(), valuesBefore);
    for (const [name, value] of Object.entries(network.statistics)) {
      const own = /^frozen\.(.*)$/.exec(name)?.[1];
      if (own) assert.deepEqual(value.dataSync(), network.parameters[own].dataSync(), name);
    }
    disposeNetwork(network);
    tf.dispose([train.image, train.speech]);
    assert.equal(tf.memory().numTensors, before);
  });
}

const FAULTS: [Partial<AvTrainingConfig>, string, unknown, RegExp][] = [
  [{ method: 'gan' }, 'avMnist.pretrain', undefined, /pretrain is none; gan starts from/],
  [
    { method: 'autoEncoder', pretrain: 'none' },
    'avMnist.pretrain',
    'none',
    /pretrain is none; autoEncoder starts from/,
  ],
  [
    { method: 'smil', pretrain: 'each', scarce: 'image', smilOrder: 'second' },
    'avMnist.smilOrder',
    'second',
    /smilOrder is second, but with scarce images SMIL has the first order alone/,
  ],
  [
    { method: 'smil', pretrain: 'each', scarce: 'image', smilSound: 'frozen' },
    'avMnist.smilSound',
    'frozen',
    /smilSound is frozen, but with scarce images SMIL is tested with its sound net/,
  ],
  [
    { method: 'smil', pretrain: 'each', rate: 1 },
    'rate',
    1,
    /rate is 1, which leaves no training pair without speech/,
  ],
  [
    { method: 'shaspec', rate: 0.01 },
    'rate',
    0.01,
    /rate is 0.01, which keeps none of the 20 training pairs of digit 0/,
  ],
];
for (const [changes, field, value, message] of FAULTS) {
  test(`${JSON.stringify(changes)} is one sentence`, async () => {
    const before = tf.memory().numTensors;
    await assert.rejects(scoresOf(changes), (error: UserError) => {
      assert.ok(error instanceof UserError, (error as Error).stack);
      assert.match(error.message, message);
      assert.deepEqual([error.details.field, error.details.value], [field, value]);
      return true;
    });
    assert.equal(tf.memory().numTensors, before);
  });
}

test('fewer complete pairs than centres are one sentence', async () => {
  const few = Array.from(blockData.train.digits.keys()).filter(
    (p) => blockData.train.digits[p] < 4,
  );
  const train = {
    ...blockData.train,
    digits: blockData.train.digits.slice(0, few.length),
    recordings: blockData.train.recordings.slice(0, few.length),
    imageIndices: blockData.train.imageIndices.slice(0, few.length),
    images: blockData.train.images.slice(0, 784 * few.length),
    speech: blockData.train.speech.slice(0, 400 * few.length),
  };
  const cell = { ...base, method: 'smil', pretrain: 'each', rate: 0.15 } as const;
  const before = tf.memory().numTensors;
  await assert.rejects(async () => {
    for await (const event of trainAvMnist({ ...blockData, train }, cell, 3)) void event;
  }, /rate is 0.15, which leaves 8 complete training pairs; SMIL's priors have 10 centres/);
  assert.equal(tf.memory().numTensors, before);
});

test('the experiment has every row at every rate; its keys are those of the comparison where trainings are the same', () => {
  const paper = buildConfig('paper');
  const { avMnist } = paper;
  const arms = rivalArms(paper);
  const keys = arms.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  for (const scarce of avMnist.scarce)
    for (const method of AV_RIVALS)
      for (const rate of avMnist.rates)
        assert.ok(keys.includes(`${method}/${scarce}/${rate}`), `${method}/${scarce}/${rate}`);
  const shared = avArms(avMnist).filter(({ key }) => keys.includes(key));
  assert.equal(shared.length, 3 + 2 * 2 * avMnist.rates.length);
  for (const { key, changes } of shared)
    assert.deepEqual(arms.find((one) => one.key === key)?.changes, changes);
  const quick = rivalArms(buildConfig('quick')).map(({ key }) => key);
  assert.deepEqual(
    quick.filter((key) => key.startsWith('smil')),
    ['smil/speech/0.2', 'smil/image/0.2'],
  );
  const seeds = (preset: string, set = {}): number =>
    avRivals(buildConfig(preset, { avMnist: set })).seeds.length;
  assert.deepEqual([seeds('paper'), seeds('quick'), seeds('quick', { seeds: 6 })], [10, 1, 3]);
});

test('the tables mark what is our reading, and compare with printed numbers only the epoch chosen as those were', () => {
  const { arms } = avRivals(config);
  const runs: AvRun[] = arms.map(({ key }) => ({
    ...{ arm: key, seed: 0, seconds: {}, bestTestEpoch: 2, chosenEpoch: 1, confusion: [[450]] },
    curves: {
      ...{ losses: {}, testAccuracy: [0.9, 0.95], heldOutAccuracy: [], heldOutLoss: [] },
      weights: [],
    },
    predictions: {
      pairs: { count: 100, last: [], chosen: [] },
      alone: {
        ...{ modality: 'image', description: 'SAMPLES', count: 100 },
        ...{ last: Array.from({ length: 20 }, () => 1), chosen: [] },
      },
    },
  }));
  const data: AvResults['data'] = {
    ...{ sha256: '0', provenance: 'real' as const, protocol: 'av-mnist' },
    description: 'recordings',
  };
  const results = { config: buildConfig('paper', { avMnist: { rates: [0.1] } }), runs, data };
  const own = results.runs.map((run) => ({ ...run, arm: run.arm.replace('/0.5', '/0.1') }));
  const table = rivalTable({ ...results, runs: own }, 'speech', 'bestOnTest');
  const names = table.rows.map(({ method }) => method as string);
  assert.deepEqual(
    names.filter((name) => name.includes('reading')),
    [
      'AutoEncoder (our reading), encoders trained alone first',
      'GAN (our reading), encoders trained alone first',
      'Full2miss (our reading)',
      'ShaSpec (our reading)',
    ],
  );
  assert.equal(table.rows.length, RIVAL_ROWS.length);
  const smil = table.rows[names.findIndex((name) => name.startsWith('SMIL'))];
  const difference = smil['difference-0.1'] as { difference: number };
  assert.ok(Math.abs(difference.difference - (95 - 93.11)) < 1e-9, JSON.stringify(smil));
  const alone = rivalAloneTable({ ...results, runs: own }, 'speech');
  assert.equal(alone?.rows.length, RIVAL_ROWS.length - 2);
  assert.ok(alone.title.endsWith('tested on SAMPLES'), alone.title);
  for (const row of alone.rows) assert.equal((row['last-0.1'] as { mean: number }).mean, 80);
  assert.equal(rivalAloneTable({ ...results, runs: own }, 'image'), undefined);
  const honest = rivalTable({ ...results, runs: own }, 'speech', 'chosenOnHeldOut');
  assert.ok(honest.columns.every(({ key }) => !key.startsWith('difference')));
  assert.equal((honest.rows[0]['ours-0.1'] as { mean: number }).mean, 90);
});
