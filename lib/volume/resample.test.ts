import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resample } from './resample';

const tone = (hertz: number, rate: number): Float32Array =>
  Float32Array.from({ length: rate }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / rate));

/** Root mean square of the middle, away from the ends. */
function level(samples: Float32Array): number {
  const middle = samples.slice(1000, -1000);
  return Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
}

test('a tone below the new Nyquist frequency comes through unchanged', () => {
  const ours = resample(tone(1000, 22050), 22050, 8000);
  const expected = tone(1000, 8000);
  assert.equal(ours.length, 8000);
  for (let n = 1000; n < 7000; n++) assert.ok(Math.abs(ours[n] - expected[n]) < 1e-3);
});

test('a tone above it is gone, not folded back', () => {
  assert.ok(level(tone(5000, 22050)) > 0.7);
  assert.ok(level(resample(tone(5000, 22050), 22050, 8000)) < 1e-3);
});
