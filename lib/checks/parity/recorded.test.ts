import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKitRoot } from '../../report/notebook';
import { recordedParity } from './recorded';

test('the README quotes the recorded outcome of npm run parity, word for word', () => {
  const readme = readFileSync(join(findKitRoot(__dirname), 'README.md'), 'utf8');
  const plain = readme.replace(/\s+>?\s*/g, ' ');
  const { summary } = recordedParity();
  assert.match(summary, /^PARITY; \d+ comparisons; float64: /);
  assert.ok(plain.includes(summary), `the README lacks: ${summary}`);
});
