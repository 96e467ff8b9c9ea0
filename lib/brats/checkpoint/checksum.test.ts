import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createTraining, disposeTraining } from '../training';
import { buildConfig, trainingSettings } from '../../config';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { UserError } from '../../base/errors';
import { NUMERICS } from '../../base/numerics';
import { randomStream } from '../../base/random';
import { readSafetensors, writeSafetensors } from '../../formats/safetensors';
import { tf } from '../../nn/tf';
import { loadTraining, saveTraining } from './training';
import { disposeWeights, loadWeights, saveWeights } from './weights';
import { CHECKPOINT, CHECKSUM, PREVIOUS } from './checksum';

const { brats } = buildConfig('smoke', { brats: { width: 1 / 32 } });

interface Saved {
  file: string;
  previous: string;
}

function saved(t: TestContext): Saved {
  const folder = temporaryFolder(t);
  const [file, previous] = [join(folder, CHECKPOINT), join(folder, PREVIOUS)];
  const training = createTraining(brats, 0, 'd'.repeat(64));
  saveTraining(file, training, { previous });
  saveTraining(file, { ...training, step: 1 }, { previous });
  disposeTraining(training);
  return { file, previous };
}

test('a checkpoint describes its training, and the one before it is intact', async (t) => {
  const { file, previous } = saved(t);
  const { metadata } = await readSafetensors(file);
  const { config, ...facts } = JSON.parse(metadata.training);
  assert.deepEqual(config, trainingSettings(brats));
  assert.deepEqual(facts, {
    format: 2,
    lib: '0.1.0',
    numerics: NUMERICS.brats,
    dataSha256: 'd'.repeat(64),
    forced: [],
    seed: 0,
    step: 1,
    stage: 1,
    importanceSteps: 0,
  });
  for (const [step, one] of [file, previous].reverse().entries()) {
    const training = await loadTraining(one);
    assert.equal(training.step, step);
    disposeTraining(training);
  }
});

test('a flipped bit is detected anywhere, and the file before is suggested by name', async (t) => {
  const { file, previous } = saved(t);
  const whole = readFileSync(file);
  const header = 8 + Number(whole.readBigUInt64LE(0));
  const stream = randomStream(0, 'flips');
  const draw = (n: number, from: number, to: number): number[] =>
    Array.from({ length: n }, () => from + stream.integer(to - from));
  const places = [
    ...[0, 1, 7, 8, header - 1, header, whole.length - 33, whole.length - 32, whole.length - 1],
    ...draw(30, 0, header),
    ...draw(8, header, whole.length),
    // The checksum's name, its metadata.
    ...draw(6, whole.indexOf(CHECKSUM), whole.indexOf(CHECKSUM) + CHECKSUM.length),
    ...draw(6, whole.indexOf('"training"'), whole.indexOf('"training"') + 40),
  ];
  const before = tf.memory().numTensors;
  for (const place of places) {
    const bit = stream.integer(8);
    const bytes = Buffer.from(whole);
    bytes[place] ^= 1 << bit;
    writeFileSync(file, bytes);
    for (const load of [loadTraining, loadWeights]) {
      await assert.rejects(load(file), (error: UserError) => {
        assert.ok(error instanceof UserError, `byte ${place}, bit ${bit}: ${error.stack}`);
        assert.ok(error.message.includes(`mv ${previous} ${file}`), error.message);
        return true;
      });
    }
  }
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  copyFileSync(previous, file);
  disposeTraining(await loadTraining(file));
});

test('a checkpoint of the first format, without a checksum, is read; weights need none', async (t) => {
  const { file } = saved(t);
  const { tensors, metadata } = await readSafetensors(file);
  tensors.delete(CHECKSUM);
  const { lib, numerics, dataSha256, forced, stage, ...facts } = JSON.parse(metadata.training);
  assert.ok(lib && numerics && dataSha256 && forced && stage);
  const write = (format: number): void =>
    writeSafetensors(file, Object.fromEntries(tensors), {
      ...metadata,
      training: JSON.stringify({ ...facts, format }),
    });
  write(2);
  await assert.rejects(loadTraining(file), /is damaged: its checksum training\/sha256 is missing/);
  write(1);
  const training = await loadTraining(file);
  assert.deepEqual(training.origin, {
    lib: undefined,
    numerics: undefined,
    dataSha256: undefined,
    trainingData: undefined,
    landmarks: undefined,
    forced: [],
  });
  saveWeights(file, training.parameters);
  disposeWeights(await loadWeights(file));
  await assert.rejects(loadTraining(file), { code: 'BAD_FILE' });
  disposeTraining(training);
});

test('weights that are not finite are not written, and the checkpoint is kept', (t) => {
  const { file, previous } = saved(t);
  const before = [file, previous].map((one) => readFileSync(one));
  const training = createTraining(brats, 0);
  const name = 'shared_dec.cls_conv.0.weight';
  const velocity = training.optimizer.slots.velocity[name];
  velocity.assign(tf.tidy(() => tf.mul(velocity, NaN)));
  assert.throws(
    () => saveTraining(file, { ...training, step: 7 }, { previous }),
    /step 7: value 0 of training\/velocity\/shared_dec\.cls_conv\.0\.weight is NaN, so no checkpoint is written/,
  );
  assert.deepEqual(
    [file, previous].map((one) => readFileSync(one)),
    before,
  );
  disposeTraining(training);
});
