import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from './random';

const draw = (n: number, next: () => number): number[] => Array.from({ length: n }, next);

test('the same seed and name give the same numbers; another seed or name gives others', () => {
  const first = draw(20, randomStream(7, 'a').uniform);
  assert.deepEqual(draw(20, randomStream(7, 'a').uniform), first);
  assert.notDeepEqual(draw(20, randomStream(8, 'a').uniform), first);
  assert.notDeepEqual(draw(20, randomStream(7, 'b').uniform), first);
});

test('splitting neither moves the parent nor depends on how much was drawn from it', () => {
  const still = randomStream(1, 'x');
  const split = randomStream(1, 'x');
  const before = draw(5, split.split('child').uniform);
  assert.deepEqual(draw(5, split.uniform), draw(5, still.uniform));
  assert.deepEqual(draw(5, split.split('child').uniform), before);
});

test('the moments of 40,000 draws are those of U(0,1) and N(0,1), within five standard errors', () => {
  const n = 40_000;
  const stream = randomStream(5, 'moments');
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const uniforms = draw(n, stream.uniform);
  const normals = draw(n, stream.normal);
  assert.ok(Math.abs(mean(uniforms) - 0.5) < 5 * Math.sqrt(1 / 12 / n));
  assert.ok(Math.abs(mean(normals)) < 5 / Math.sqrt(n));
  assert.ok(Math.abs(mean(normals.map((x) => x * x)) - 1) < 5 * Math.sqrt(2 / n));
});

test('a shuffle keeps every item once and puts each one first equally often', () => {
  const stream = randomStream(9, 'shuffle');
  const first = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const order = stream.shuffle([0, 1, 2, 3]);
    assert.deepEqual([...order].sort(), [0, 1, 2, 3]);
    first[order[0]]++;
  }
  for (const count of first) assert.ok(Math.abs(count - 1000) < 5 * Math.sqrt(750));
});

test('integers cover 0..n-1', () => {
  const stream = randomStream(2, 'integers');
  assert.deepEqual(new Set(draw(300, () => stream.integer(5))), new Set([0, 1, 2, 3, 4]));
});

test('a seed that is no whole number is refused', () => {
  assert.throws(() => randomStream(0.5, 'a'), { code: 'BAD_VALUE' });
});
