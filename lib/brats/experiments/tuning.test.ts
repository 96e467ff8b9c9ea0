import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KIT_ROOT } from '../../base/shipped-file';
import { buildConfig } from '../../config';
import { tableToMarkdown } from '../../report/tables';
import { recordedTuning } from '../recorded';
import { tuning } from '.';
import { TUNED, TUNING_PRESET } from './tuning';

test('the trials use a seed of no table, and the committed ones are those of today', () => {
  const { seeds } = buildConfig(TUNING_PRESET).brats;
  assert.ok(tuning().seeds.every((seed) => seed >= seeds));
  assert.deepEqual(
    recordedTuning().rows.map(({ setting }) => setting),
    TUNED.map(({ title }) => title),
  );
});

test('the README shows the committed trials', () => {
  const readme = readFileSync(join(KIT_ROOT, 'README.md'), 'utf8');
  const lines = tableToMarkdown(recordedTuning()).split('\n');
  for (const line of lines.filter((text) => text.startsWith('| '))) {
    assert.ok(readme.includes(line), `the README lacks: ${line}`);
  }
});
