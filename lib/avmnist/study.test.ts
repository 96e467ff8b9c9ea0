import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { madeUpResults } from '../checks/fixtures/av-mnist-runs';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { writeTones } from '../checks/robustness/synthetic-data';
import { cellsOf } from '../experiment/cells';
import { cellFolder, runFile } from '../experiment/store';
import { finishNotebook, startNotebook, type NotebookRecord } from '../report/notebook';
import { audiovision } from './experiments';
import { study } from './study';

test('a notebook’s study reads finished runs, and adds the data to the notebook’s record', async (t) => {
  const folder = temporaryFolder(t);
  process.env.MCKD_RESULTS = join(folder, 'results');
  process.env.MCKD_PRESET = 'smoke';
  await writeTones(folder);
  const pairs = { dataDirectory: '', cacheDirectory: folder };
  const { config } = startNotebook('06-study', { avMnist: { scarce: ['speech'], rates: [0.1] } });
  const own = await study(config, pairs);
  assert.equal(own.data.train.digits.length, 1050);
  assert.equal(own.place.directory, join(folder, 'results', 'runs', 'av-mnist'));
  assert.deepEqual(
    [own.place.data.sha256, own.place.data.description],
    [own.data.sha256, own.data.speechDescription],
  );

  const experiment = audiovision(config);
  const { runs: written } = madeUpResults(config);
  for (const [i, cell] of cellsOf(experiment).entries()) {
    const file = runFile(cellFolder(experiment.problem, cell, own.place));
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify(written[i]));
  }
  assert.deepEqual(await own.runs(experiment), written);

  await finishNotebook();
  const file = join(folder, 'results', 'records', '06-study.json');
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as NotebookRecord;
  const { sha256, speechDescription: description } = own.data;
  assert.deepEqual(data, [{ name: 'audiovision-mnist', sha256, description }]);
});
