import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedParity } from './recorded';

test('the recorded npm run parity is parity', () => {
  const { summary } = recordedParity();
  assert.match(summary, /^PARITY; \d+ comparisons; float64: /);
});
