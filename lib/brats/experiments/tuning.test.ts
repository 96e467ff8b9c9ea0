import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../../config';
import { recordedTuning } from '../recorded';
import { tuning } from '.';
import { TUNED, TUNING_PRESET } from './tuning';

test('the trials use a seed of no table, and the committed ones fit the code', () => {
  const { seeds } = buildConfig(TUNING_PRESET).brats;
  assert.ok(tuning().seeds.every((seed) => seed >= seeds));
  assert.deepEqual(
    recordedTuning().rows.map(({ setting }) => setting),
    TUNED.map(({ title }) => title),
  );
});
