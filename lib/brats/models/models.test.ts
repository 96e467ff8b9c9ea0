import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { linearAblation } from '../../checks/fixtures/linear-model';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { syntheticCases } from '../../checks/robustness/synthetic-data';
import { BRATS_METHODS, buildConfig, type BratsTrainingConfig } from '../../config';
import { cellsOf } from '../../experiment/cells';
import { runExperiment } from '../../experiment/run';
import { cellFolder, finishedRuns, runFile } from '../../experiment/store';
import { assertNoLeak } from '../../checks/fixtures/tensors';
import { tableToMarkdown } from '../../report/tables';
import { loadTraining } from '../checkpoint';
import { checkpointFile, readLog } from '../folder';
import { openRun } from '../resume';
import { createTraining, disposeTraining } from '../training';
import { modelNamed } from '.';

const config = buildConfig('smoke', {
  brats: { stageOne: { until: 4, metaEvery: 2 }, stageTwo: { until: 8, metaEvery: 2 } },
});

test('a method in one file is trained, resumed, scored on 15 subsets, compared and kept', async (t) => {
  const root = temporaryFolder(t);
  const data = await syntheticCases(root);
  process.env.MCKD_CACHE = join(root, 'cache');
  const experiment = linearAblation(config);
  const [place, stopped] = ['whole', 'stopped'].map((name) => ({
    directory: join(root, name),
    data,
  }));
  for await (const event of runExperiment(experiment, place, { processes: 1 })) void event;

  const stop = new AbortController();
  const options = { processes: 1, signal: stop.signal };
  for await (const event of runExperiment(experiment, stopped, options))
    if (event.kind === 'progress' && event.steps.done === 3) stop.abort();
  assert.throws(() => finishedRuns(experiment, stopped), /cannot be read/);
  for await (const event of runExperiment(experiment, stopped, { processes: 1 })) void event;

  const runs = finishedRuns(experiment, place);
  assert.deepEqual(
    finishedRuns(experiment, stopped).map(({ checkpointSha256, test }) => [checkpointSha256, test]),
    runs.map(({ checkpointSha256, test }) => [checkpointSha256, test]),
  );
  const [cell, flair] = cellsOf(experiment);
  const folder = cellFolder(experiment.problem, cell, place);
  for (const { curves, weights, test } of runs) {
    assert.deepEqual(Object.keys(curves.losses), ['dice', 'crossEntropy']);
    assert.deepEqual(weights, []);
    for (const subsets of Object.values(test)) assert.equal(subsets.length, 15);
  }
  const flairOnly = readLog(cellFolder(experiment.problem, flair, place));
  assert.ok(flairOnly.every(({ present, meta }) => present.join() === 'flair' && !meta));
  assert.match(tableToMarkdown(experiment.tables(runs, data)[0]), /WT over the 15 subsets/);

  const training = await loadTraining(checkpointFile(folder));
  assert.deepEqual([training.model.name, training.step], ['linear', 9]);
  disposeTraining(training);
  const other = { config: { ...cell.config, model: 'mckd' }, seed: 0, data };
  await assert.rejects(
    openRun({ ...other, directory: folder, force: true }),
    /brats\.model "linear" and "mckd".*the same model/,
  );
  assert.ok(JSON.parse(readFileSync(runFile(folder), 'utf8')));
});

test('an unknown method is named, with the known ones', () => {
  const message =
    /brats\.model is "mckdd"; choose one of mckd, lckd, shaspec, rfnet, mmformer, uhved, uhemis, robustseg/;
  assert.throws(() => modelNamed('mckdd'), message);
  const settings: BratsTrainingConfig = { ...config.brats, model: 'mckdd' };
  assert.throws(() => createTraining(settings, 0), message);
});

test('a fresh training of any method leaks no tensor', () => {
  for (const model of [...Object.keys(BRATS_METHODS), 'linear']) {
    const { brats } = buildConfig('smoke', { brats: { model } });
    assertNoLeak(() => disposeTraining(createTraining(brats, 0)));
  }
});
