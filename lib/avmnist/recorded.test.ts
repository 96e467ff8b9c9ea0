import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readJson } from '../base/json';
import { KIT_ROOT, shippedFile } from '../base/shipped-file';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { buildConfig, type Config } from '../config';
import { configSha256 } from '../report/manifest';
import { cellsOf } from '../experiment/cells';
import { requireSameRuns, writeRuns } from '../experiment/record';
import { audiovision } from './experiments';
import { avMnist } from './problem';
import { recordedAvMnist } from './recorded';
import { accuracy } from './accuracy';

test('the committed run holds every cell of its config once, on real recordings, and traces to it', () => {
  const { config, runs, data, manifest } = recordedAvMnist();
  // The hash is of the config as it was written, which names one setting as it was called then.
  const file = shippedFile('recorded', 'av-mnist-paper', 'manifest.json');
  const stored = readJson(file) as { config: Config };
  assert.equal(manifest.configSha256, configSha256(stored.config));
  assert.deepEqual([data.provenance, data.protocol], ['real', 'av-mnist']);
  const name = ({ arm, seed }: { arm: string; seed: number }): string => `${arm} ${seed}`;
  assert.deepEqual(runs.map(name).sort(), cellsOf(audiovision(config)).map(name).sort());
  for (const run of runs) {
    assert.equal(run.curves.testAccuracy.length, config.avMnist.epochs);
    assert.equal(
      run.confusion.flat().reduce((a, b) => a + b),
      450,
    );
    const correct = run.confusion.reduce((sum, row, digit) => sum + row[digit], 0);
    assert.ok(Math.abs(accuracy(run, 'chosenOnHeldOut') - (100 * correct) / 450) < 1e-3);
  }
});

test('the committed run is of the current paper preset', () => {
  const { config } = recordedAvMnist();
  // A setting newer than the record has the value of the preset, which is what the record was made with.
  assert.deepEqual(
    buildConfig('paper', { avMnist: config.avMnist }).avMnist,
    buildConfig('paper').avMnist,
  );
  assert.equal(config.seed, buildConfig('paper').seed);
});

test('runs of the same experiment may replace the committed ones, whose settings have older names', (t) => {
  const folder = temporaryFolder(t);
  const { runs, data } = recordedAvMnist();
  const again = (config: Config): number => {
    writeRuns(folder, { runs, data, config, command: 'again', root: KIT_ROOT });
    const kept = shippedFile('recorded', 'av-mnist-paper');
    return requireSameRuns(avMnist, folder, kept).coreMinutes;
  };
  assert.ok(again(buildConfig('paper')) > 0);
  const other = buildConfig('paper', { avMnist: { distillationMean: 'completePairs' } });
  assert.throws(() => again(other), /is of another experiment \(recorded and now: settings\)/);
});

test('a missing and a broken record are one sentence with the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-recorded-'));
  assert.throws(() => recordedAvMnist(folder), { code: 'MISSING' });
  writeFileSync(join(folder, 'manifest.json'), '{');
  assert.throws(() => recordedAvMnist(folder), /manifest\.json is not what mckd record wrote/);
  rmSync(folder, { recursive: true });
});
