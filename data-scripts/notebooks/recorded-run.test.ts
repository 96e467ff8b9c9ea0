import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildConfig } from '@mckd/lib/config';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import {
  buildManifest,
  findKitRoot,
  probeHardware,
  probeKit,
  readRecordedRun,
  saveTable,
  type Manifest,
  type Table,
} from '@mckd/lib/report';
import { compareRun, comparisonLines, recordRun } from './recorded-run';

const root = findKitRoot(__dirname);

interface Made {
  folder: string;
  manifest: Manifest;
}

/** A results folder of one notebook with a table of ours and one of recorded runs. */
function madeRun(
  t: TestContext,
  dice: number,
  more: { data?: string; status?: 'failed' } = {},
): Made {
  const folder = temporaryFolder(t);
  const table = (name: string, value: number): Table => ({
    ...{ name, title: name, caption: '' },
    columns: [{ key: 'dice', title: 'Dice' }],
    rows: [{ dice: value }],
  });
  saveTable(folder, table('ours', dice));
  saveTable(folder, table('ours-standard', 7));
  const config = buildConfig('quick');
  const manifest = buildManifest({
    ...{ kit: probeKit(root), versions: null, hardware: probeHardware(), config },
    runs: [
      {
        ...{
          name: '05-made',
          status: more.status ?? 'passed',
          minutes: 1,
          finished: '',
          commit: null,
        },
        ...{ config, configSha256: null, tables: ['ours', 'ours-standard'], figures: [] },
        data: [{ name: 'd', sha256: more.data ?? 'same', description: '' }],
        trainings: [
          { name: 'n', folder: 'seed0', settingsSha256: '', checkpointSha256: String(dice) },
        ],
      },
    ],
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return { folder, manifest };
}

test('a run is recorded with the spread of others, and a later one is compared with it', (t) => {
  const file = join(temporaryFolder(t), 'tables.json');
  const [reference, other] = [madeRun(t, 40), madeRun(t, 41)];
  assert.equal(readRecordedRun(file), undefined);
  const said = recordRun(reference.folder, file, [other.folder]);
  assert.equal(said, '1 tables of 1 notebooks, beside 1 other runs');
  const recorded = readRecordedRun(file);
  assert.deepEqual(
    recorded?.notebooks[0].tables.map(({ name, rows, columns }) => [name, rows, columns[0].spread]),
    [['ours', [[40]], 1]],
  );
  const compared = (dice: number, more = {}) => {
    const { folder, manifest } = madeRun(t, dice, more);
    return compareRun(folder, manifest, recorded);
  };
  const same = compared(40);
  assert.ok(same);
  assert.deepEqual(
    [same.passed, same.tables.length, same.checkpoints],
    [true, 1, { equal: 1, total: 1 }],
  );
  assert.match(
    comparisonLines(same).join('\n'),
    /ok {4}ours {2}1 of 1 numbers equal\n[^]*PASS: 1 of 1/,
  );
  const [near, far] = [compared(42.5), compared(43.5)];
  assert.ok(near && far);
  assert.deepEqual([near.passed, near.checkpoints.equal], [true, 0]);
  assert.equal(far.passed, false);
  assert.match(
    comparisonLines(far).join('\n'),
    /FAIL {2}ours {2}0 of 1 numbers equal; furthest off: row 1, Dice: 43.5, recorded 40, allowed ±3\n[^]*FAIL: 0 of 1 tables/,
  );
  const elsewhere = compared(99, { data: 'other' });
  assert.deepEqual([elsewhere?.tables, elsewhere?.skipped], [[], ['05-made has other data']]);
  const { folder, manifest } = madeRun(t, 40);
  const changed = { ...manifest, config: buildConfig('smoke') };
  assert.equal(compareRun(folder, changed, recorded), undefined);
});

test('what can’t be recorded: failed notebooks, other data, no run', (t) => {
  const to = join(temporaryFolder(t), 'tables.json');
  const good = madeRun(t, 1);
  assert.throws(() => recordRun(madeRun(t, 1, { status: 'failed' }).folder, to), /run npm start/);
  assert.throws(() => recordRun(temporaryFolder(t), to), { code: 'MISSING' });
  const stopped = madeRun(t, 1, { status: 'failed' });
  assert.throws(() => recordRun(good.folder, to, [stopped.folder]), /with a notebook that has/);
  const other = madeRun(t, 1, { data: 'other' });
  assert.throws(() => recordRun(good.folder, to, [other.folder]), /other data in 05-made/);
  assert.throws(() => readFileSync(to), /ENOENT/);
});
