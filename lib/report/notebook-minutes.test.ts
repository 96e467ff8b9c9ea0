import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { minutesSentence, readingPathsTable } from './notebook-minutes';
import { readRecordedRun } from './reference';

test('minutes of the recorded run, as sentence and table', (t) => {
  const file = join(temporaryFolder(t), 'tables.json');
  assert.equal(readRecordedRun(file), undefined);
  const notebooks = [...'012345678'].map((digit, i) => ({
    name: `0${digit}-lesson`,
    minutes: 0.5 + i,
    ...{ data: [], checkpoints: {}, tables: [] },
  }));
  const made = {
    machine: 'some, 2 cores',
    commit: null,
    numerics: {},
    configSha256: '',
    others: [],
  };
  writeFileSync(file, JSON.stringify({ ...made, notebooks }));
  const record = readRecordedRun(file);
  assert.equal(
    minutesSentence('00-lesson', record),
    'At preset quick this notebook took less than a minute (recorded run: some, 2 cores).',
  );
  assert.match(minutesSentence('03-lesson', record) ?? '', / took 4 minutes /);
  assert.equal(minutesSentence('09-lesson', record), undefined);
  const { rows, caption } = readingPathsTable(record);
  // 0.5 + 3.5 + 4.5; 0.5 + ... + 6.5; 0.5 + ... + 8.5
  assert.deepEqual(
    rows.map(({ running }) => running),
    ['9 minutes', '25 minutes', '41 minutes'],
  );
  assert.match(caption, /some, 2 cores/);
});

test('without a whole recorded run the ways are shown without minutes', () => {
  const some = { machine: 'some', notebooks: [{ name: '00-lesson', minutes: 1 }] };
  assert.ok(readingPathsTable(some).rows.every(({ running }) => running === null));
});
