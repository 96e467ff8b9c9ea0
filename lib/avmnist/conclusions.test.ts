import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { avConclusions } from './conclusions';
import { madeUpResults } from '../checks/fixtures/av-mnist-runs';

test('one seed is no evidence; two and three have intervals', () => {
  const sentences = (seeds: number): string =>
    avConclusions(madeUpResults(buildConfig('quick', { avMnist: { seeds } }))).join(' ');
  assert.match(sentences(1), /mean of 1 seed:.*comparisons: one seed: differences, not evidence\./);
  assert.doesNotMatch(sentences(1), /interval/);
  // Differences of 1 and 1.1 points, of 0.5 and 0.6 points; t(.975, 1) = 12.7: ± 0.64.
  assert.match(sentences(2), /4 of 8 intervals lie above 0 and 0 below; 4 hold 0, so no/);
  assert.match(sentences(3), /8 of 8 intervals lie above 0 and 0 below\./);
});
