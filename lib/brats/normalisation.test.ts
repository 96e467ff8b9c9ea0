import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODALITIES } from '../base/modality';
import { randomStream } from '../base/random';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { rfnetData, writeMadeBrain } from '../checks/fixtures/rfnet-data';
import { buildConfig } from '../config';
import { landmarksOf, prepareCase } from '../loading/prepared';
import { drawSample, type PreparedCase } from '../loading/sampling';
import { openBatches } from './batches';
import { disposeWeights, loadWeights } from './checkpoint';
import { loadTraining } from './checkpoint/training';
import { findDataSet } from './data-set';
import { scoreCase } from './evaluate';
import { checkpointFile } from './folder';
import { readCaseForWeights } from './infer/case-volume';
import { trainedNormalisation } from './infer/normalisation';
import { samplingOptions } from './sampling';
import { positionAt } from './schedule';
import { trainAndScore } from './train-and-score';
import { disposeTraining } from './training';
import { tumourCrop, tumourCrops } from './tumour-crop';

const [MADE] = rfnetData.cases;

for (const normalisation of ['brain', 'landmarks'] as const) {
  test(`a training's normalisation is that of its crops, its scores and its checkpoint: ${normalisation}`, async (t) => {
    const root = temporaryFolder(t);
    process.env.MCKD_CACHE = join(root, 'cache');
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeBrain(join(root, 'data'), name, MADE);
    const { brats: config } = buildConfig('smoke', {
      brats: {
        normalisation,
        augmentation: 'rfnet',
        width: 1 / 32,
        stageOne: { until: 1, metaEvery: 1 },
        stageTwo: { until: 2, metaEvery: 1 },
      },
    });
    const found = findDataSet(join(root, 'data'));
    const data = { ...found, folder: root, sha256: 'd'.repeat(64), description: 'made up' };
    const own = data.cases.filter(({ name }) => data.splits.train.includes(name));
    const landmarks = normalisation === 'landmarks' ? await landmarksOf(own) : undefined;
    const prepared = (name?: string): Promise<PreparedCase> => {
      const files = data.cases.find((one) => one.name === name);
      assert.ok(files);
      return prepareCase(files, { normalisation, landmarks });
    };

    const batches = openBatches(data, config, 0, { workers: 1, prepared: { landmarks } });
    const { images, cases } = await batches.training(positionAt(0, config));
    await batches.close();
    const stream = randomStream(0, 'stage1/training').split('0/0');
    const whole = await prepared(cases[0]);
    const sample = drawSample(whole, samplingOptions(config, 'training'), stream);
    const count = sample.images.length / 4;
    assert.ok(sample.images.some((value) => value !== 0));
    sample.images.forEach((value, i) => {
      assert.equal(images[4 * (i % count) + Math.floor(i / count)], value);
    });

    const folder = join(root, 'run');
    const training = trainAndScore({ config, seed: 0, data, folder }, { workers: 0 });
    let next = await training.next();
    while (!next.done) next = await training.next();
    assert.ok(next.value);
    const [scored] = data.splits.test;
    const trained = await loadTraining(checkpointFile(folder));
    const { dice: expected } = await scoreCase(trained, await prepared(scored), {
      tile: config.crop,
    });
    disposeTraining(trained);
    assert.deepEqual(
      next.value.test[scored],
      expected.map((row) => row.map((dice) => Number(dice.toFixed(4)))),
    );
    const weights = await loadWeights(checkpointFile(folder));
    assert.deepEqual(trainedNormalisation(weights), {
      normalisation,
      ...(landmarks ? { landmarks } : {}),
    });
    const [files] = data.cases.filter(({ name }) => name === scored);
    const volume = await readCaseForWeights(weights, files, MODALITIES);
    assert.deepEqual(volume.images, (await prepared(scored)).images);
    disposeWeights(weights);

    if (landmarks) return;
    const [crop] = await tumourCrops(data, config, 1);
    assert.deepEqual(crop, tumourCrop(await prepared(scored), config));
  });
}
