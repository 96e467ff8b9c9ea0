import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentSubsets, tileStarts } from './inference';
import { fillMissing } from './mckd';
import { availabilityOf, MODALITY_SUBSETS, type Modality } from './modality';
import { decodeRegions, encodeModalities, segmentationParameters } from './models/segmentation';
import { disposeAll, type Parameters } from './nn/parameters';
import { assertClose } from './nn/testing';
import { filled } from './parity/filling';
import { randomStream } from './random';
import { tf } from './tf';

const WIDTH = 1 / 32;
const TILE = [32, 32, 32] as const;

test("tiles stand where the authors' stand on a BraTS volume, and one is enough for a small one", () => {
  assert.deepEqual(tileStarts(155, 80), [0, 54, 75]);
  assert.deepEqual(tileStarts(240, 160), [0, 80]);
  assert.deepEqual(tileStarts(80, 80), [0]);
  assert.deepEqual(tileStarts(50, 80), [0]);
  for (const [side, tile] of [
    [81, 80],
    [97, 32],
    [64, 31],
  ]) {
    const starts = tileStarts(side, tile);
    assert.equal(starts[starts.length - 1] + tile, side, 'the last tile ends with the volume');
    starts.slice(1).forEach((start, i) => assert.ok(start - starts[i] <= (2 * tile) / 3 + 1));
  }
});

/** The plain way: one subset, one tile, absent scans zeroed, all encoded. [3, d, h, w]. */
function plainly(
  parameters: Parameters,
  images: Float32Array,
  subset: readonly Modality[],
): Float32Array {
  const has = availabilityOf(subset);
  const result = tf.tidy(() => {
    const volume = tf.transpose(tf.tensor(images, [1, 4, ...TILE]), [0, 2, 3, 4, 1]);
    const kept = tf.mul(volume, tf.tensor1d(has.map(Number))) as tf.Tensor5D;
    const { features, skips } = encodeModalities(parameters, kept);
    const logits = decodeRegions(parameters, fillMissing(features, [has]), skips);
    return tf.transpose(tf.sigmoid(logits), [0, 4, 1, 2, 3]);
  });
  const values = result.dataSync() as Float32Array;
  result.dispose();
  return values;
}

test('every subset gets what a run of its own would give it', () => {
  const before = tf.memory().numTensors;
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const images = filled('images', 4 * 32 ** 3, -1, 1);
  const maps = segmentSubsets(parameters, { size: TILE, images }, MODALITY_SUBSETS, { tile: TILE });
  assert.equal(maps.length, 15);
  for (const s of [0, 2, 7, 14]) {
    assertClose(maps[s], plainly(parameters, images, MODALITY_SUBSETS[s]), 1e-4);
  }
  const spread = maps[0].reduce((most, p, i) => Math.max(most, Math.abs(p - maps[14][i])), 0);
  assert.ok(spread > 1e-3, 'subsets differ');
  disposeAll(parameters);
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
});

test('overlapping tiles are averaged, voxel by voxel', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const size = [40, 32, 32] as const;
  const images = filled('images', 4 * 40 * 32 * 32, -1, 1);
  const seen: [number, number][] = [];
  const onTile = (done: number, total: number): void => void seen.push([done, total]);
  const options = { tile: TILE, onTile };
  const [whole] = segmentSubsets(parameters, { size, images }, [['flair', 't2']], options);
  assert.deepEqual(seen, [
    [1, 2],
    [2, 2],
  ]);
  const cut = (from: number): Float32Array => {
    const slices = [0, 1, 2, 3].map((m) => {
      const start = (m * 40 + from) * 1024;
      return images.subarray(start, start + 32 * 1024);
    });
    return Float32Array.from(slices.flatMap((slice) => [...slice]));
  };
  const [first, second] = [0, 8].map((from) => plainly(parameters, cut(from), ['flair', 't2']));
  // Region 1, slice 3 (in the first tile alone), 20 (in both), 39 (in the second alone).
  const at = (map: Float32Array, depth: number, slice: number): Float32Array => {
    const start = (depth + slice) * 1024;
    return map.subarray(start, start + 1024);
  };
  assertClose(at(whole, 40, 3), at(first, 32, 3), 1e-4);
  const [a, b] = [at(first, 32, 20), at(second, 32, 12)];
  assertClose(
    at(whole, 40, 20),
    a.map((p, i) => (p + b[i]) / 2),
    1e-4,
  );
  assertClose(at(whole, 40, 39), at(second, 32, 31), 1e-4);
  disposeAll(parameters);
});

test('a volume smaller than the tile stands in zeros and comes back in its size', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const images = filled('images', 4 * 20 * 30 * 32, -1, 1);
  const volume = { size: [20, 30, 32] as const, images };
  const [map] = segmentSubsets(parameters, volume, [['t1ce']], { tile: TILE });
  assert.equal(map.length, 3 * 20 * 30 * 32);
  assert.ok(map.every((p) => p > 0 && p < 1));
  disposeAll(parameters);
});
