import assert from 'node:assert/strict';
import fs, {
  appendFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { disposeWeights, loadTraining, saveTraining } from './checkpoint';
import { buildConfig, trainingSettings } from '../config';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { openSafetensors } from '../formats/safetensors';
import { tf } from '../nn/tf';
import { checkpointFile } from './folder';
import { recordWeights } from './record-weights';
import {
  loadNamedWeights,
  loadRecordedWeights,
  recordedWeightsFile,
  weightsFile,
} from './recorded-weights';
import { cellOf } from '../experiment/cells';
import { cellFolder } from '../experiment/store';
import { comparison } from './experiments';
import { COMPARED, RIVALS } from './experiments/arms';
import { brats } from './problem';
import { writeFinishedRun } from '../checks/fixtures/brats-runs';
import { createTraining, disposeTraining } from './training';
import { recordedWeights, WEIGHTS_FOLDERS, type RecordedWeights } from './weights-list';
import { trainingDataIn } from './training-data';

const METHODS = COMPARED.map(({ key }) => key);
const MOST_BYTES = 40e6;
const config = buildConfig('smoke', { seed: 3 });
const data = {
  description: 'made up',
  sha256: 'd'.repeat(64),
  provenance: 'phantom',
  protocol: 'phantoms',
} as const;

const nameByContent = ({ method, sha256 }: RecordedWeights): string =>
  `${method}-${sha256.slice(0, 12)}.safetensors`;

/** A folder with weights of all methods. */
async function recorded(t: TestContext): Promise<{ runs: string; folder: string }> {
  const root = temporaryFolder(t);
  const [runs, folder] = [join(root, 'runs'), join(root, 'weights')];
  for (const method of METHODS)
    writeFinishedRun(runs, { config, arm: method, dataHash: data.sha256 });
  await record(runs, folder);
  return { runs, folder };
}

const record = (directory: string, folder: string, other = {}): Promise<unknown> => {
  const command = 'npx mckd compare';
  const given = { config, directory, data, methods: METHODS, command, ...other };
  return recordWeights({ ...given, experiment: comparison(given.config) }, folder);
};

test('the network of each method is restored as it was trained, with its metadata', async (t) => {
  const { folder } = await recorded(t);
  assert.deepEqual(
    readdirSync(folder).sort(),
    [...recordedWeights([folder]).map(nameByContent), 'weights.json'].sort(),
  );
  const before = tf.memory().numTensors;
  const {
    record: restored,
    parameters,
    state,
    ...weights
  } = await loadRecordedWeights('mckd', [folder]);
  assert.deepEqual(restored, recordedWeights([folder])[METHODS.indexOf('mckd')]);
  assert.deepEqual(
    [
      restored.seed,
      restored.preset,
      restored.steps,
      restored.dice,
      restored.data,
      restored.command,
    ],
    [3, 'smoke', 9, { ET: 20, WT: 50, TC: 25 }, data, 'npx mckd compare --preset smoke'],
  );
  assert.deepEqual(weights.config, trainingSettings(config.brats));
  assert.equal(weights.width, config.brats.width);
  const training = createTraining(config.brats, 3);
  assert.deepEqual(Object.keys(parameters).sort(), Object.keys(training.parameters).sort());
  for (const [name, tensor] of Object.entries(training.parameters)) {
    assert.deepEqual(parameters[name].dataSync(), tensor.dataSync(), name);
  }
  disposeTraining(training);
  disposeWeights({ parameters, state, ...weights });
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');

  const file = weightsFile('recorded:mckd', [folder]);
  assert.equal(file, join(folder, nameByContent(restored)));
  const stored = await openSafetensors(file);
  await stored.close();
  assert.ok([...stored.tensors.keys()].every((name) => !name.startsWith('training/')));
  assert.equal(weightsFile('own.safetensors', [folder]), 'own.safetensors');
  assert.throws(() => weightsFile('recorded:MCKD', [folder]), { code: 'BAD_VALUE' });
});

test('a file that is missing, truncated or changed is detected before it is read', async (t) => {
  const { folder } = await recorded(t);
  const { file, bytes, sha256 } = recordedWeightsFile('allScans', [folder]);
  truncateSync(file, bytes - 1);
  await assert.rejects(
    loadRecordedWeights('allScans', [folder]),
    new RegExp(
      `allScans-[0-9a-f]{12}.safetensors: size in bytes is ${bytes - 1} and should be ${bytes};`,
    ),
  );
  appendFileSync(file, 'x');
  await assert.rejects(
    loadRecordedWeights('allScans', [folder]),
    new RegExp(`: sha256 is [0-9a-f]{64} and should be ${sha256}; check out the file again`),
  );
  writeFileSync(join(folder, 'weights.json'), '{');
  assert.throws(() => recordedWeights([folder]), /weights\.json is not what mckd record \S+ wrote/);
  assert.deepEqual(recordedWeights([join(folder, 'none')]), []);
  await assert.rejects(
    loadRecordedWeights('mckd', [join(folder, 'none')]),
    /no weights of mckd in .*none \(available: none\); train, and record them/,
  );
});

test('only finished trainings of this config and these data are used', async (t) => {
  const { runs, folder } = await recorded(t);
  const other = buildConfig('smoke', { seed: 3, brats: { learningRate: 0.5 } });
  for (const wrong of [
    { config: other, data },
    { config, data: { ...data, sha256: 'other' } },
  ]) {
    await assert.rejects(
      record(runs, folder, wrong),
      /run.json is missing, so allScans, seed 3, .* is not fully trained/,
    );
  }
  assert.equal(recordedWeights([folder]).length, 3, 'the existing ones are kept');
  const cell = cellOf(comparison(config), 'mckd', 3);
  rmSync(checkpointFile(cellFolder(brats, cell, { directory: runs, data })));
  await assert.rejects(record(runs, folder), /checkpoint.safetensors is missing, so mckd, seed 3/);
  assert.deepEqual(readdirSync(join(folder, '..')).sort(), ['runs', 'weights']);
});

test('stopped at any of its steps, a recording leaves intact networks, all old or all new', async (t) => {
  const { runs, folder } = await recorded(t);
  const old = recordedWeights([folder]);
  for (const method of METHODS) {
    writeFinishedRun(runs, { config, arm: method, dataHash: data.sha256, weightsOfSeed: 4 });
  }
  const sound = (): RecordedWeights[] =>
    METHODS.map((method) => recordedWeightsFile(method, [folder]));
  // Like a kill: nothing more happens after this many renames and removals, not even cleaning up.
  let left = Infinity;
  for (const name of ['renameSync', 'rmSync'] as const) {
    const real = fs[name] as (...given: unknown[]) => void;
    t.mock.method(fs, name, (...given: unknown[]) => {
      if (left-- <= 0) throw new Error('stopped here');
      real(...given);
    });
  }
  const seen: ('old' | 'new')[] = [];
  for (let steps = 0; ; steps++) {
    left = steps;
    const error = await record(runs, folder).then(
      () => undefined,
      (caught: Error) => caught,
    );
    left = Infinity;
    const now = sound();
    const isOld = now.every(({ sha256 }, i) => sha256 === old[i].sha256);
    const isNew = now.every(({ sha256 }, i) => sha256 !== old[i].sha256);
    assert.ok(isOld !== isNew, `after ${steps} steps some networks are old and some new`);
    seen.push(isOld ? 'old' : 'new');
    if (!error) break;
    assert.match(error.message, /stopped here/);
  }
  // Two names per network, and the list's; then the old networks are removed.
  assert.match(seen.join(' '), /^(old ){7}(new ){2,}new$/);
  const names = sound().map(({ file }) => basename(file));
  assert.deepEqual(readdirSync(folder).sort(), [...names, 'weights.json'].sort());
});

test('a training that stored them passes them to its network', async (t) => {
  const { runs, folder } = await recorded(t);
  const trainingData = {
    ...{ voxelSize: [1, 1, 2], grid: [8, 9, 7], brainShare: 0.25 },
    intensities: { t1: [0, 7] },
  };
  const cell = cellOf(comparison(config), 'mckd', 3);
  const own = cellFolder(brats, cell, { directory: runs, data });
  const training = await loadTraining(checkpointFile(own));
  training.origin.trainingData = trainingData;
  saveTraining(checkpointFile(own), training);
  disposeTraining(training);
  await record(runs, folder);
  for (const { method, trainingData: kept } of recordedWeights([folder])) {
    assert.deepEqual(kept, method === 'mckd' ? trainingData : undefined);
  }
  const weights = await loadNamedWeights(weightsFile('recorded:mckd', [folder]));
  assert.deepEqual(trainingDataIn(weights.metadata), trainingData, 'from the file alone');
  disposeWeights(weights);
});

test('shipped networks are intact and under 40 MB', async () => {
  const records = recordedWeights();
  assert.deepEqual(
    records.map(({ method }) => method),
    [...METHODS, ...RIVALS],
  );
  for (const { method } of records) {
    const weights = await loadRecordedWeights(method);
    assert.equal(weights.width, weights.config.width);
    assert.deepEqual(trainingDataIn(weights.metadata)?.voxelSize, [3.75, 3.75, 3.75]);
    disposeWeights(weights);
  }
  const sizes = WEIGHTS_FOLDERS.flatMap((folder) =>
    readdirSync(folder).map((name) => statSync(join(folder, name)).size),
  );
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < MOST_BYTES);
});
