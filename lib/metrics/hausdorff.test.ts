import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { goldenMetrics, makeMask } from '../checks/fixtures/metrics';
import { hausdorff95 } from './hausdorff';
import { distancesToNearest } from '../volume/nearest';
import { overlapScores } from './overlap';
import { surfaceVoxels } from '../volume/surface';

/** A ball in voxels, cut off by the border. */
function ball(shape: number[], centre: number[], squaredRadius: number): Uint8Array {
  const balls = [[...centre, squaredRadius]];
  return makeMask({ balls, holes: [], factor: 1, scattered: 0 }, shape);
}

test('MedPy’s Dice, sensitivity, specificity and HD95 by both rules', () => {
  for (const { name, shape, spacing, prediction, truth, scores } of goldenMetrics()) {
    const masks = [makeMask(prediction, shape), makeMask(truth, shape)] as const;
    const near = (found: number, golden: number, what: string): void =>
      assert.ok(Math.abs(found - golden) < 1e-9, `${name}, ${what}: ${found} and ${golden}`);
    const overlap = overlapScores(...masks);
    for (const what of ['dice', 'sensitivity', 'specificity'] as const) {
      // MedPy gives 0 for the specificity of a ground truth that fills the volume, which is a convention here.
      if (overlap.truthVoxels < masks[1].length) near(overlap[what], scores[what], what);
    }
    for (const hd95 of ['pooled', 'larger'] as const) {
      near(hausdorff95(...masks, shape, { spacing, hd95 }), scores[hd95], hd95);
    }
  }
});

test('distances are those of an exhaustive search', () => {
  const random = randomStream(5, 'metrics/nearest');
  for (const spacing of [
    [1, 1, 1],
    [0.3, 4, 1.7],
    [1e-4, 30, 0.01],
  ]) {
    const shape = [13, 9, 11];
    const draw = (n: number): Int32Array =>
      Int32Array.from({ length: n }, () => random.integer(13 * 9 * 11));
    const [queries, sites] = [draw(200), draw(1 + random.integer(30))];
    const place = (i: number): number[] => [i % 13, Math.floor(i / 13) % 9, Math.floor(i / 117)];
    const found = distancesToNearest(queries, sites, shape, spacing);
    queries.forEach((query, q) => {
      const all = [...sites].map((site) =>
        Math.hypot(...place(query).map((n, axis) => (n - place(site)[axis]) * spacing[axis])),
      );
      const nearest = Math.min(...all);
      assert.ok(Math.abs(found[q] - nearest) <= 1e-12 * nearest, `${found[q]} and ${nearest}`);
    });
  }
});

test('surface voxels have a neighbour outside, and beyond the border counts as outside', () => {
  const full = new Uint8Array(5 * 4 * 3).fill(1);
  assert.equal(surfaceVoxels(full, [5, 4, 3]).length, 60 - 3 * 2 * 1);
  // A cross of seven: its centre alone is inside.
  assert.equal(surfaceVoxels(ball([5, 5, 5], [2, 2, 2], 1), [5, 5, 5]).length, 6);
  assert.deepEqual([...surfaceVoxels([0, 0, 1], [3, 1, 1])], [2]);
});

test('HD95 is symmetric, 0 to itself, and a shift has its length in mm', () => {
  const shape = [40, 30, 20];
  const spacing = [0.8, 1.1, 3];
  const one = ball(shape, [9, 12, 8], 30);
  const other = ball(shape, [20, 15, 10], 45);
  for (const hd95 of ['pooled', 'larger'] as const) {
    const between = (a: Uint8Array, b: Uint8Array): number =>
      hausdorff95(a, b, shape, { spacing, hd95 });
    assert.equal(between(one, one), 0);
    assert.equal(between(one, other), between(other, one));
    assert.ok(between(one, other) > 5);
    // Both moved: nothing changes.
    const moved = [ball(shape, [13, 12, 9], 30), ball(shape, [24, 15, 11], 45)] as const;
    assert.ok(Math.abs(between(...moved) - between(one, other)) < 1e-12);
    // Single voxels: the length of the step between them.
    const step = between(ball(shape, [1, 2, 3], 0), ball(shape, [6, 4, 9], 0));
    assert.ok(Math.abs(step - Math.hypot(5 * 0.8, 2 * 1.1, 6 * 3)) < 1e-12);
  }
});

test('the two rules differ if one direction is worse', () => {
  // The ground truth is a row of 20 voxels; the prediction lacks its first and has one 10 mm off it.
  const shape = [30, 11, 1];
  const truth = new Uint8Array(330).fill(1, 0, 20);
  const prediction = new Uint8Array(330).fill(1, 1, 20);
  prediction[30 * 10 + 5] = 1;
  const found = (hd95: 'pooled' | 'larger'): string =>
    hausdorff95(prediction, truth, shape, { hd95 }).toFixed(9);
  // numpy.percentile([0] * 19 + [10] + [0] * 19 + [1], 95)
  assert.equal(found('pooled'), '0.050000000');
  // max(numpy.percentile([0] * 19 + [10], 95), numpy.percentile([0] * 19 + [1], 95))
  assert.equal(found('larger'), '0.500000000');
});

test('empty masks: 0 or 374 mm by BraTS, else NaN', () => {
  const [empty, voxel] = [new Uint8Array(8), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)];
  const both = (a: Uint8Array, b: Uint8Array): number[] =>
    (['brats', 'nan'] as const).map((convention) => hausdorff95(a, b, [2, 2, 2], { convention }));
  assert.deepEqual(both(empty, empty), [0, NaN]);
  assert.deepEqual(both(empty, voxel), [374, NaN]);
  assert.deepEqual(both(voxel, empty), [374, NaN]);
});

test('a shape that the masks don’t fill and an impossible spacing are errors', () => {
  const mask = new Uint8Array(8);
  assert.throws(() => hausdorff95(mask, mask, [2, 2, 3]), { code: 'MISMATCH' });
  for (const spacing of [
    [1, 1],
    [1, 0, 1],
    [1, NaN, 1],
    [1, -2, 1],
  ]) {
    assert.throws(() => hausdorff95(mask, mask, [2, 2, 2], { spacing }), { code: 'BAD_VALUE' });
  }
});
