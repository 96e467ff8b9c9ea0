import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors';
import { blockData } from '../checks/fixtures/av-mnist-blocks';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { buildConfig, type AvTrainingConfig } from '../config';
import type { Trained } from '../experiment/experiment';
import { tf } from '../nn/tf';
import { audiovision } from './experiments';
import type { AvScores } from './run';
import { trainAvMnist, type AvTrainingOptions } from './train';

const { base } = audiovision(
  buildConfig('smoke', { avMnist: { epochs: 8, batchSize: 32, rates: [0.5] } }),
);

async function scoresOf(
  changes: Partial<AvTrainingConfig>,
  options: AvTrainingOptions = {},
): Promise<Trained<AvScores>> {
  const config = { ...base, rate: 0.5, ...changes };
  for await (const event of trainAvMnist(blockData, config, 3, options))
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

test('nets trained alone are shared by the methods of a seed and rate, and no number depends on it', async (t) => {
  const netsAlone = temporaryFolder(t);
  const before = tf.memory().numTensors;
  const each = { pretrain: 'each' } as const;
  const files = (): string[] => readdirSync(netsAlone).sort();
  const curves = async (changes: Partial<AvTrainingConfig>): Promise<AvScores['curves']> =>
    (await scoresOf({ ...each, ...changes }, { netsAlone })).curves;

  const own = await scoresOf({ ...each, method: 'autoEncoder' });
  const alone = await scoresOf({ ...each, method: 'mckd' });
  assert.deepEqual(await curves({ method: 'mckd' }), alone.curves, 'kept while it trained');
  const two = files();
  assert.match(two.join(' '), /^image-seed3-\w{12}\.safetensors speech-seed3-\w{12}\.safetensors$/);
  const bytes = two.map((name) => readFileSync(join(netsAlone, name)));
  assert.deepEqual(await curves({ method: 'autoEncoder' }), own.curves, 'from files');
  assert.deepEqual(files(), two, 'trained again');

  await curves({ method: 'mckd', rate: 0.4 });
  assert.equal(files().length, 4, 'nets of other pairs');
  await curves({ method: 'mckd', epochs: 9 });
  assert.equal(files().length, 6, 'nets of other settings');

  writeFileSync(join(netsAlone, two[1]), bytes[0]);
  await assert.rejects(curves({ method: 'mckd' }), (error: UserError) => {
    assert.match(error.message, /speech-seed3.*there is no tensor speech\.conv1\.weight/);
    return true;
  });
  assert.equal(tf.memory().numTensors, before);
});
