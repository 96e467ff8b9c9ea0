import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKitRoot } from '../notebook';
import { avConclusions } from './conclusions';
import { recordedAvMnist } from './recorded';

test('the README says what the recorded run shows, word for word', () => {
  const readme = readFileSync(join(findKitRoot(__dirname), 'README.md'), 'utf8').replace(
    /\s+/g,
    ' ',
  );
  for (const sentence of avConclusions(recordedAvMnist())) {
    assert.ok(readme.includes(sentence.replace(/\s+/g, ' ')), `the README lacks: ${sentence}`);
  }
});
