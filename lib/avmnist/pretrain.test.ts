import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { blockData } from '../checks/fixtures/av-mnist-blocks';
import { buildConfig, type AvTrainingConfig } from '../config';
import type { Trained } from '../experiment/experiment';
import { tf } from '../nn/tf';
import { audiovision } from './experiments';
import type { AvScores } from './run';
import { trainAvMnist } from './train';

const { base } = audiovision(
  buildConfig('smoke', { avMnist: { epochs: 8, batchSize: 32, rates: [0.5] } }),
);

async function scoresOf(changes: Partial<AvTrainingConfig>): Promise<Trained<AvScores>> {
  for await (const event of trainAvMnist(blockData, { ...base, rate: 0.5, ...changes }, 3))
    if (event.kind === 'done') return event.run;
  throw new Error('a training without an end');
}

for (const method of ['upperBound', 'noDistillation', 'mckd'] as const) {
  test(`${method} from encoders trained alone has a lower loss from the first epoch on, and leaks nothing`, async () => {
    const before = tf.memory().numTensors;
    const fresh = await scoresOf({ method });
    const trained = await scoresOf({ method, pretrain: 'each' });
    assert.equal(tf.memory().numTensors, before);
    const first = ({ curves }: typeof fresh): number => curves.losses.task[0];
    assert.ok(first(trained) < first(fresh), `${first(trained)} and ${first(fresh)}`);
    assert.equal(trained.curves.testAccuracy.length, 8);
  });
}

test('pretrain none is a training without the setting', async () => {
  const [without, none] = [await scoresOf({}), await scoresOf({ pretrain: 'none' })];
  assert.deepEqual(none.curves, without.curves);
});

test('a method that has no encoder of a modality can not start from one trained alone', async () => {
  const before = tf.memory().numTensors;
  await assert.rejects(scoresOf({ method: 'lowerBound', pretrain: 'each' }), (error: UserError) => {
    assert.match(error.message, /pretrain is each, but lowerBound has no speech encoder/);
    assert.deepEqual([error.details.field, error.details.value], ['avMnist.pretrain', 'each']);
    return true;
  });
  assert.equal(tf.memory().numTensors, before);
});
