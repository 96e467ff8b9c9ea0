import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { REGIONS } from '../datasets/brats';
import { findKitRoot } from '../report/notebook';
import { tableToMarkdown } from '../report/tables';
import { bratsSettingsTable, bratsTrials, recordedBratsTrials } from './settings';

test('the trials use a seed of no table, and the committed ones are those of today', () => {
  const { config, trials, tasks } = bratsTrials();
  assert.ok(tasks.every(({ seed }) => seed >= config.brats.seeds));
  assert.deepEqual(
    recordedBratsTrials().map(({ changes }) => changes),
    trials,
  );
});

test('the README shows the committed trials, and says no more than they do', () => {
  const recorded = recordedBratsTrials();
  const readme = readFileSync(join(findKitRoot(__dirname), 'README.md'), 'utf8');
  const lines = tableToMarkdown(bratsSettingsTable(recorded)).split('\n');
  for (const line of lines.filter((text) => text.startsWith('| '))) {
    assert.ok(readme.includes(line), `the README lacks: ${line}`);
  }
  const preset = buildConfig('standard').brats.distillationWeight;
  const distilled = recorded.filter(({ changes }) => changes.distillationWeight !== 0);
  const best = REGIONS.map(
    (region) => [...distilled].sort((a, b) => b.dice[region] - a.dice[region])[0].changes,
  );
  assert.deepEqual(
    best.map(({ distillationWeight }) => distillationWeight),
    [preset, 0.001, preset],
    '"Of the weights, 0.01 is best for enhancing tumour and core, 0.001 for the whole tumour"',
  );
  const [none] = recorded;
  for (const { dice } of distilled) {
    for (const region of REGIONS) assert.ok(none.dice[region] > dice[region] - 0.1, region);
  }
});
