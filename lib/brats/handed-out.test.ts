import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { temporaryFolder, writeHandedOut, writeMadeCase } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import { isDifference, isMeanCell } from '../report/tables/format';
import { tableToMarkdown } from '../report/tables';
import { cellOf } from '../experiment/cells';
import { runExperiment } from '../experiment/run';
import { finishedRun } from '../experiment/store';
import { findDataSet } from './data-set';
import { bratsConclusions, comparison, COMPARED, subsetTable } from './experiments';
import { brats } from './problem';
import { requireScorable } from './scorable';
import { studyOn } from './study';
import { studyData, studyOf } from './study-data';

/** The smallest trainings: one step per stage, each followed by a meta event. */
const smallest = buildConfig('smoke', {
  brats: {
    width: 1 / 32,
    crop: [16, 32, 32],
    stageOne: { until: 1, metaEvery: 1 },
    stageTwo: { until: 1, metaEvery: 1 },
  },
});

test('BraTS2018 as distributed: 285 cases, from the folder to a finite table', async (t) => {
  const root = temporaryFolder(t);
  process.env.MCKD_CACHE = join(root, 'cache');
  const folder = join(root, 'MICCAI_BraTS_2018_Data_Training');
  writeHandedOut(folder);
  const paper = await studyData(buildConfig('paper'), { dataDirectory: folder });
  const { train, metaValidation, test: tested } = paper.splits;
  assert.deepEqual([train.length, metaValidation.length, tested.length], [223, 5, 57]);
  assert.deepEqual([paper.provenance, paper.protocol], ['real', 'brats-authors-five']);
  assert.match(
    paper.description,
    /^MICCAI_BraTS_2018_Data_Training \(223 for training, 5 for the meta step, 57 for testing; a local test, not the challenge's/,
  );

  const { place } = studyOn(smallest, paper, join(root, 'results'));
  // One training instead of three here, since scoring 62 cases takes most of the time; with few cases, all
  // three are trained and scored by the test of `mckd compare`.
  const part = [{ arm: 'mckd', seed: 0 }];
  const experiment = comparison(smallest);
  for await (const event of runExperiment(experiment, place, { cells: part, processes: 1 })) {
    if (event.kind === 'plan') assert.equal(event.total, 1);
  }
  const run = finishedRun(brats, cellOf(experiment, 'mckd', 0), place);
  assert.deepEqual(Object.keys(run.test).sort(), [...tested].sort());
  const runs = COMPARED.map(({ key: arm }) => ({ ...run, arm }));
  const table = subsetTable(runs, { data: paper });
  const cells = table.rows.flatMap((row) => table.columns.slice(1).map(({ key }) => row[key]));
  assert.equal(cells.length, 16 * 12);
  for (const cell of cells) {
    if (isMeanCell(cell)) assert.ok(cell.mean >= 0 && cell.mean <= 100);
    else assert.ok(isDifference(cell) && Number.isFinite(cell.difference));
  }
  assert.match(table.caption, /mean over 57 test cases.*a local test set beside the authors' five/);
  for (const text of [tableToMarkdown(table), ...bratsConclusions(runs)])
    assert.doesNotMatch(text, /NaN|not a number|undefined/);
});

test('if nothing can be scored, that is an error before a training, with the fixes', async (t) => {
  const root = temporaryFolder(t);
  process.env.MCKD_CACHE = join(root, 'cache');
  const folder = join(root, 'data');
  writeHandedOut(folder, 8);
  writeMadeCase(folder, 'Brats18_CBICA_unlabelled_1', { withoutLabels: true });
  const lists = join(folder, 'splits');
  const write = (name: string, names: readonly string[]): void => {
    mkdirSync(lists, { recursive: true });
    writeFileSync(join(lists, `${name}.txt`), names.join('\n'));
  };
  const { splits } = findDataSet(folder);
  assert.deepEqual([splits.train.length, splits.test.length], [1, 2]);
  write('train', splits.train);
  write('meta-validation', splits.metaValidation);

  const refused = async (pattern: RegExp): Promise<void> => {
    const wanted = (error: unknown): boolean => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, pattern);
      return true;
    };
    await assert.rejects(studyOf(folder), wanted);
    const data = { ...findDataSet(folder), folder, sha256: 'x', description: 'made up' };
    const place = { directory: join(root, 'runs'), data };
    await assert.rejects(runExperiment(comparison(smallest), place).next(), wanted);
  };
  await refused(/nothing can be scored: there is no case for testing .*Fixes: .*--splits/);
  write('test', ['Brats18_CBICA_unlabelled_1']);
  await refused(
    /of the 1 cases for testing, 1 have no label map \(Brats18_CBICA_unlabelled_1; .*check-upload/,
  );
  write('test', splits.test);
  requireScorable(findDataSet(folder));
  const [name] = splits.train;
  const grade = name.includes('99_0') || name.includes('99_1') ? 'HGG' : 'LGG';
  rmSync(join(folder, grade, name, `${name}_t2.nii`));
  await refused(new RegExp(`case ${name}, which is a case for training, has no T2;`));
});
