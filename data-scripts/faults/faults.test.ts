import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { findKitRoot } from '@mckd/lib/report';
import { FAULT_PARTS } from './options';
import { faultsConclusions, totalsOf, type FaultsRecord, type Outcomes } from './report';

const target = { errors: 1, exact: 1, refused: 0, worstMemoryMiB: 3, worstCpuSeconds: 0.1 };
const parts: Outcomes = {
  kills: { figures: { kills: 1100, killsSurvived: 1100, bitExactResumes: 1099 }, bad: ['one'] },
  'av-kills': { figures: { kills: 20, killsSurvived: 20, bitExactResumes: 20 }, bad: [] },
  files: {
    figures: {
      seed: 0,
      mutations: 30,
      crashes: 1,
      hangs: 2,
      overMemory: 3,
      silentlyWrong: 4,
      worstMemoryMiB: 5,
      targets: {
        nifti: { ...target, inputs: 10 },
        'nifti-gzip': { ...target, inputs: 7 },
        wav: { ...target, inputs: 13 },
      },
      faults: [],
    },
    bad: [],
  },
};

test('totals are over all kinds of kill, and only of parts that were run', () => {
  assert.deepEqual(totalsOf(parts), {
    kills: 1120,
    killsSurvived: 1120,
    bitExactResumes: 1119,
    mutations: 30,
    crashes: 1,
    hangs: 2,
    silentlyWrong: 4,
    worstMemoryMiB: 5,
  });
  assert.deepEqual(totalsOf({ 'av-kills': parts['av-kills'] }), {
    kills: 20,
    killsSurvived: 20,
    bitExactResumes: 20,
  });
});

test('sentences follow from the figures', () => {
  const [kills, avKills, files, ...rest] = faultsConclusions(parts);
  assert.match(
    kills,
    /1,100 times: 1,100 times the state could be loaded.* after 1,099 the run ended/,
  );
  assert.match(avKills, /Audiovision-MNIST runs\*\*, 20 times/);
  assert.match(files, /of 30 \(17 NIfTI\) 1 crashed .* 2 took .* 3 over 256 MiB .*5 MiB\), and 4 /);
  assert.deepEqual(rest, []);
});

test('mckd faults reads broken files and writes the results', (t) => {
  const folder = temporaryFolder(t);
  const options = ['--quick', '--only', 'files', '--out', folder];
  const mckd = join(__dirname, '..', '..', 'mckd.mjs');
  const said = execFileSync(process.execPath, [mckd, 'faults', ...options], { encoding: 'utf8' });
  const record = JSON.parse(readFileSync(join(folder, 'faults.json'), 'utf8')) as FaultsRecord;
  assert.ok(said.includes(faultsConclusions(record.parts)[0]));
  const { mutations = 0, crashes, hangs, silentlyWrong, quick } = record;
  assert.ok(mutations > 200);
  assert.deepEqual([crashes, hangs, silentlyWrong, quick], [0, 0, 0, true]);
});

test('the record is of a full run without failures', () => {
  const root = findKitRoot(__dirname);
  const file = join(root, 'lib', 'recorded', 'faults.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as FaultsRecord;
  assert.deepEqual(Object.keys(record.parts).sort(), [...FAULT_PARTS].sort());
  const { kills, mutations = 0, crashes, hangs, silentlyWrong, quick } = record;
  for (const { kit, bad } of Object.values(record.parts)) {
    assert.deepEqual([kit.modified, bad], [false, []]);
  }
  assert.ok((record.parts.kills?.figures.kills ?? 0) >= 100);
  assert.deepEqual([record.killsSurvived, record.bitExactResumes], [kills, kills]);
  assert.ok(mutations >= 20_000);
  assert.deepEqual([crashes, hangs, silentlyWrong, quick], [0, 0, 0, false]);
});
