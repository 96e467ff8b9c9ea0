import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { madeAnatomy } from '../checks/fixtures/phantom';
import { temporaryFolder, writeHandedOut, writeMadeCase } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import { findDataSet } from './data-set';
import { realCases, studyData } from './study-data';

test('short presets use phantoms, and say so', async (t) => {
  const cacheDirectory = mkdtempSync(join(tmpdir(), 'mckd-study-'));
  t.after(() => rmSync(cacheDirectory, { recursive: true, force: true }));
  process.env.MCKD_CACHE = cacheDirectory;
  const config = buildConfig('smoke', { brats: { phantom: { cases: 8 } } });
  const data = await studyData(config, { cacheDirectory, anatomy: madeAnatomy() });
  assert.deepEqual([data.provenance, data.protocol], ['phantom', 'phantoms']);
  assert.equal(data.cases.length, 8);
  const { train, metaValidation, test: tested } = data.splits;
  assert.equal(
    data.description,
    `phantom of 8 cases (${train.length} for training, ${metaValidation.length} for the meta step, ${tested.length} for testing)`,
  );
  assert.match(data.sha256, /^[0-9a-f]{64}$/);

  // The same folder given as the user's own, or a part of it, is still recognised as phantoms.
  const given = await studyData(buildConfig('paper'), { dataDirectory: data.folder });
  assert.deepEqual([given.provenance, given.protocol], ['phantom', 'phantoms']);
  assert.equal(given.sha256, data.sha256);
  const part = join(data.folder, 'HGG');
  assert.equal(findDataSet(part).provenance, 'phantom');
});

test('real cases are real, also if another manifest.json lies beside them', (t) => {
  const folder = temporaryFolder(t);
  writeHandedOut(folder, 8);
  for (const text of ['{"format": "another"}', 'no JSON']) {
    writeFileSync(join(folder, 'manifest.json'), text);
    const { provenance, protocol } = findDataSet(folder);
    assert.deepEqual([provenance, protocol], ['real', 'brats-authors-five']);
  }
  writeFileSync(join(folder, 'manifest.json'), '{"format": "mckd-phantom"}');
  assert.equal(findDataSet(folder).provenance, 'phantom');
});

test('preset paper needs real cases, and names the folder that was searched', async (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'mckd-none-'));
  t.after(() => rmSync(empty, { recursive: true, force: true }));
  for (const dataDirectory of [empty, join(empty, 'nothing-here')]) {
    await assert.rejects(
      studyData(buildConfig('paper'), { dataDirectory }),
      (error: unknown) =>
        error instanceof UserError &&
        error.details.field === 'MCKD_DATA' &&
        error.message.includes(`(${dataDirectory}) holds 0 with all four scans and labels`),
    );
    assert.deepEqual(realCases(dataDirectory), []);
  }
});

test('own names and codes are set by environment variables, as by the commands’ options', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  renameSync(join(folder, 'x', 'x_flair.nii'), join(folder, 'x', 'x_ours.nii'));
  assert.deepEqual(realCases(folder), []);
  const { MCKD_PATTERN, MCKD_LABELS } = process.env;
  t.after(() => {
    for (const [name, value] of Object.entries({ MCKD_PATTERN, MCKD_LABELS })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  process.env.MCKD_PATTERN = 'flair=_ours,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg';
  process.env.MCKD_LABELS = 'core=1,oedema=2,enhancing=3';
  const [{ name, scans, codes }] = realCases(folder);
  assert.deepEqual([name, Object.keys(scans).length, codes.enhancing], ['x', 4, [3]]);
});

test('a real case is found among other data', (t) => {
  const cases = realCases();
  if (cases.length === 0) return t.skip('no real case: set MCKD_DATA to a folder that holds one');
  for (const { scans } of cases) assert.equal(Object.keys(scans).length, 4);
});
