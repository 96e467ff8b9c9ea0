import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { disposeWeights, loadTraining, loadWeights, saveTraining } from './checkpoint';
import { buildConfig } from '../config';
import { findCases } from '../datasets/brats';
import { readNifti } from '../formats/nifti';
import { temporaryFolder, writeMadeCase } from '../checks/fixtures/prepared';
import { openSafetensors } from '../formats/safetensors';
import { findDataSet } from './data-set';
import { checkpointFile, trainInFolder, type FolderOptions } from './folder';
import { disposeTraining } from './training';
import {
  knownTrainingData,
  trainingDataIn,
  trainingDataOf,
  type TrainingData,
} from './training-data';

/** Voxels of these sizes in mm, in BraTS' axes. */
const placed = (x: number, y: number, z: number): number[][] => [
  [-x, 0, 0, 0],
  [0, -y, 0, 0],
  [0, 0, z, 0],
  [0, 0, 0, 1],
];
/** Sagittal slices: the first axis goes up, the second to the back, the third to the right. */
const SAGITTAL = [
  [0, 0, 2.5, 0],
  [0, -1.5, 0, 0],
  [1.2, 0, 0, 0],
  [0, 0, 0, 1],
];

test('voxel size and grid of all training cases, the rest from some, in any folder', async (t) => {
  const folder = temporaryFolder(t);
  const make = (root: string): void => {
    writeMadeCase(join(root, 'one'), 'a', { affine: placed(1, 1, 1) });
    writeMadeCase(join(root, 'two'), 'b', { shape: [9, 8, 7], affine: placed(2.5, 1.5, 1.2) });
    writeMadeCase(root, 'c', { shape: [7, 8, 9], affine: SAGITTAL });
    writeMadeCase(root, 'd', { affine: placed(9, 9, 9) });
  };
  make(join(folder, 'here'));
  make(join(folder, 'somewhere', 'else'));
  const splits = { train: ['c', 'a', 'b'], metaValidation: ['d'], test: ['d'] };
  const of = (root: string): Promise<TrainingData | undefined> =>
    trainingDataOf({
      cases: findCases(root),
      splits: { ...splits, source: 'lists', rule: 'made up', description: 'made up' },
    });
  const found = await of(join(folder, 'here'));
  assert.ok(found);
  assert.deepEqual(await of(join(folder, 'somewhere')), found);
  // float32 headers, and axes in another order.
  assert.deepEqual(found.voxelSize, [2.5, 1.5, 1.2]);
  assert.deepEqual(found.grid, [9, 8, 7]);
  const shares: number[] = [];
  for (const files of findCases(join(folder, 'here')).filter(({ name }) => name !== 'd')) {
    for (const place of Object.values(files.scans)) {
      const { values } = await readNifti(place.file);
      shares.push(values.filter((value) => value !== 0).length / values.length);
    }
  }
  shares.sort((a, b) => a - b);
  assert.ok(found.brainShare >= shares[4] && found.brainShare <= shares[7], shares.join());
  assert.deepEqual(found.intensities, { flair: [0, 5], t1: [0, 5], t1ce: [0, 5], t2: [0, 5] });

  const none = { cases: findCases(join(folder, 'here')), splits: { ...splits, train: [] } };
  assert.equal(await trainingDataOf(none as never), undefined);
});

test('missing or unknown metadata are no error', () => {
  const data: TrainingData = {
    voxelSize: [1, 1, 1],
    grid: [240, 240, 155],
    brainShare: 0.16,
    intensities: { t1: [0, 900] },
  };
  const text = JSON.stringify(data);
  assert.deepEqual(trainingDataIn({ trainingData: text }), data);
  assert.deepEqual(trainingDataIn({ training: `{"format":2,"trainingData":${text}}` }), data);
  const silent: Record<string, string>[] = [
    {},
    { training: '{"format":2}' },
    { training: '{' },
    { training: 'null' },
    { trainingData: 'null' },
    { trainingData: text.replace('[1,1,1]', '[1,0,1]') },
    { trainingData: text.replace('[1,1,1]', '[1,1]') },
  ];
  for (const metadata of silent) {
    assert.equal(trainingDataIn(metadata), undefined, JSON.stringify(metadata));
  }
});

function makeRun(t: TestContext): FolderOptions {
  const root = temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    writeMadeCase(join(root, 'data'), name, { affine: placed(2, 2, 3) });
  }
  return {
    directory: join(root, 'run'),
    config: buildConfig('smoke', { brats: { width: 1 / 32 } }).brats,
    seed: 0,
    data: { ...findDataSet(join(root, 'data')), sha256: 'd'.repeat(64) },
    workers: 0,
    prepared: { folder: join(root, 'prepared') },
    tensorboard: false,
  };
}

async function train(options: FolderOptions): Promise<void> {
  for await (const event of trainInFolder(options)) void event;
}

test('a training stores them in its checkpoint, for segmentation', async (t) => {
  const options = makeRun(t);
  const file = checkpointFile(options.directory);
  await train({ ...options, until: 1 });
  const made = await trainingDataOf(options.data);
  assert.deepEqual(made?.voxelSize, [2, 2, 3]);
  const weights = await loadWeights(file);
  assert.deepEqual(trainingDataIn(weights.metadata), made);
  disposeWeights(weights);
  const training = await loadTraining(file);
  assert.deepEqual(training.origin.trainingData, made);

  // An older checkpoint lacks them; it is resumed all the same, without --force, and then has them.
  const without = { ...training, origin: { ...training.origin, trainingData: undefined } };
  saveTraining(file, without);
  disposeTraining(training);
  const old = await openSafetensors(file);
  await old.close();
  assert.ok(!old.metadata.training.includes('trainingData'));
  await train({ ...options, until: 2 });
  const later = await loadTraining(file);
  assert.deepEqual([later.step, later.origin.forced, later.origin.trainingData], [2, [], made]);
  disposeTraining(later);
});

test('resumed by force with other data, it stores those of the new data', async (t) => {
  const options = makeRun(t);
  await train({ ...options, until: 1 });
  const root = temporaryFolder(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    writeMadeCase(root, name, { affine: placed(1, 1, 1) });
  }
  const data = { ...findDataSet(root), sha256: 'e'.repeat(64) };
  const other = { ...options, data, force: true };
  await train({ ...other, until: 2 });
  const training = await loadTraining(checkpointFile(options.directory));
  assert.deepEqual(training.origin.trainingData?.voxelSize, [1, 1, 1]);
  disposeTraining(training);
});

test('the facts of a data set are read once', async (t) => {
  const [folder, memory] = [temporaryFolder(t), temporaryFolder(t)];
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(folder, name);
  const data = findDataSet(folder);
  const found = await knownTrainingData(data, 'one', memory);
  assert.deepEqual(found, await trainingDataOf(data));
  rmSync(folder, { recursive: true });
  assert.deepEqual(await knownTrainingData(data, 'one', memory), found);
  await assert.rejects(knownTrainingData(data, 'two', memory), { code: 'CANNOT_READ' });
});
