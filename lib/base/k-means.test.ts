import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from './errors';
import { kMeans } from './k-means';
import { randomStream } from './random';

const stream = () => randomStream(3, 'k-means');

test('clusters far apart are found, and repeat by seed', () => {
  const noise = randomStream(1, 'noise');
  const points = Array.from({ length: 60 }, (_, p) => [
    10 * (p % 3) + noise.uniform(),
    -5 * (p % 3) + noise.uniform(),
  ]);
  const { centres, assigned, inertia } = kMeans(points, 3, stream());
  for (let p = 0; p < points.length; p++) assert.equal(assigned[p], assigned[p % 3]);
  const own = points.filter((_, p) => assigned[p] === 0);
  own[0].forEach((_, at) => {
    const mean = own.reduce((sum, point) => sum + point[at], 0) / own.length;
    assert.ok(Math.abs(centres[0][at] - mean) < 1e-12);
  });
  const spread = points.reduce(
    (sum, point, p) =>
      sum + point.reduce((all, v, at) => all + (v - centres[assigned[p]][at]) ** 2, 0),
    0,
  );
  assert.ok(Math.abs(inertia - spread) < 1e-9);
  assert.deepEqual(kMeans(points, 3, stream()), { centres, assigned, inertia });
});

test('more starts never give more inertia', () => {
  const draw = randomStream(2, 'points');
  const points = Array.from({ length: 40 }, () => [draw.uniform(), draw.uniform()]);
  const one = kMeans(points, 6, stream(), { starts: 1 });
  const many = kMeans(points, 6, stream(), { starts: 30 });
  assert.ok(many.inertia <= one.inertia);
});

test('equal points may share a centre', () => {
  const { inertia } = kMeans([[1], [1], [1], [2]], 3, stream());
  assert.equal(inertia, 0);
});

test('fewer points than centres are one sentence', () => {
  assert.throws(
    () => kMeans([[1], [2]], 3, stream()),
    (error: UserError) => /2 points can not have 3 centres/.test(error.message),
  );
});
