import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFinishedRun } from '../checks/fixtures/brats-runs';
import { madeAnatomy } from '../checks/fixtures/phantom';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { buildConfig } from '../config';
import { finishNotebook, startNotebook, type NotebookRecord } from '../report/notebook';
import { comparison } from './experiments';
import { study } from './study';

test('a notebook’s study reads finished trainings, and adds data and trainings to the notebook’s record', async (t) => {
  const folder = temporaryFolder(t);
  process.env.MCKD_CACHE = join(folder, 'cache');
  process.env.MCKD_RESULTS = join(folder, 'results');
  process.env.MCKD_PRESET = 'smoke';
  const overrides = { brats: { phantom: { cases: 8 } } };
  const making = { anatomy: madeAnatomy(), say: () => undefined };
  const book = startNotebook('05-study', overrides);
  const own = await study(book.config, making);
  assert.equal(own.caption, `${own.data.description}, preset smoke`);
  assert.equal(own.captioned.description, own.caption);
  assert.equal(own.place.directory, join(folder, 'results', 'brats', 'runs'));

  const { config } = own;
  const experiment = comparison(config);
  const { sha256: dataHash } = own.data;
  const written = (['allScans', 'randomSubsets', 'mckd'] as const).map((arm) =>
    writeFinishedRun(own.place.directory, { config, arm, dataHash }),
  );
  assert.deepEqual(await own.runs(experiment), written);
  const part = await own.runs(experiment, { arms: ['mckd', 'allScans'], seeds: [config.seed] });
  assert.deepEqual(part, [written[2], written[0]]);
  assert.ok(existsSync(own.checkpoint(experiment, 'mckd')));

  // The same settings, but not this notebook's: nothing is recorded.
  const other = await study(buildConfig('smoke', overrides), making);
  assert.equal((await other.runs(experiment, { arms: ['randomSubsets'] })).length, 1);

  await finishNotebook();
  const file = join(folder, 'results', 'records', '05-study.json');
  const { data, trainings } = JSON.parse(readFileSync(file, 'utf8')) as NotebookRecord;
  assert.deepEqual(data, [{ name: 'brats', sha256: dataHash, description: own.data.description }]);
  assert.deepEqual(
    trainings.map(({ name }) => name),
    ['random subsets, no distillation, seed 0', 'MCKD, seed 0', 'complete modalities only, seed 0'],
  );
});
