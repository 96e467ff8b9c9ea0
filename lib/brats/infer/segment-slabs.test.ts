import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentSlabs, segmentSubsets, tileStarts } from './segment-slabs';
import { tileWeights, type Overlap } from './tiles';
import type { ScanVolume } from './volumes';
import { fillMissing } from '../../mckd';
import { availabilityOf, MODALITY_SUBSETS, type Modality } from '../../base/modality';
import { decodeRegions, encodeModalities, segmentationParameters } from '../../models/segmentation';
import { disposeAll, type Parameters } from '../../nn/parameters';
import { assertClose } from '../../checks/fixtures/tensors';
import { filled } from '../../checks/parity/filling';
import { mckdModel } from '../models';
import { randomStream } from '../../base/random';
import { tf } from '../../nn/tf';

const WIDTH = 1 / 32;
const TILE = [32, 32, 32] as const;

test("tiles are placed as the authors' on a BraTS volume, and one is enough for a small one", () => {
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

test("tiles that overlap by half are placed as RFNet's", () => {
  // For its crop of 80: [40 * i for i in range(ceil((side - 80) / 40))] + [side - 80]
  assert.deepEqual(tileStarts(138, 80, 'half'), [0, 40, 58]);
  assert.deepEqual(tileStarts(160, 80, 'half'), [0, 40, 80]);
  assert.deepEqual(tileStarts(81, 80, 'half'), [0, 1]);
  assert.deepEqual(tileStarts(80, 80, 'half'), [0]);
  assert.deepEqual(tileStarts(50, 80, 'half'), [0]);
  for (let side = 81; side < 260; side++) {
    const cut = Array.from({ length: Math.ceil((side - 80) / 40) }, (_, i) => 40 * i);
    assert.deepEqual(tileStarts(side, 80, 'half'), [...cut, side - 80]);
  }
});

/** The reference: one subset, one tile, absent scans zeroed, all encoded. [3, d, h, w]. */
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

test('every subset gets the result of a separate run', () => {
  const before = tf.memory().numTensors;
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const images = filled('images', 4 * 32 ** 3, -1, 1);
  const maps = segmentSubsets(
    { model: mckdModel, parameters },
    { size: TILE, images },
    MODALITY_SUBSETS,
    { tile: TILE },
  );
  assert.equal(maps.length, 15);
  for (const s of [0, 2, 7, 14]) {
    assertClose(maps[s], plainly(parameters, images, MODALITY_SUBSETS[s]), 1e-4);
  }
  const spread = maps[0].reduce((most, p, i) => Math.max(most, Math.abs(p - maps[14][i])), 0);
  assert.ok(spread > 1e-3, 'subsets differ');
  disposeAll(parameters);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
});

test('overlapping tiles are averaged, voxel by voxel', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const size = [40, 32, 32] as const;
  const images = filled('images', 4 * 40 * 32 * 32, -1, 1);
  const seen: [number, number][] = [];
  const onTile = (done: number, total: number): void => void seen.push([done, total]);
  const options = { tile: TILE, onTile };
  const [whole] = segmentSubsets(
    { model: mckdModel, parameters },
    { size, images },
    [['flair', 't2']],
    options,
  );
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

test('tiles that overlap by half are averaged in the same way', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const size = [72, 32, 32] as const;
  const images = filled('images', 4 * 72 * 1024, -1, 1);
  const run = (volume: ScanVolume, overlap: Overlap): Float32Array =>
    segmentSubsets({ model: mckdModel, parameters }, volume, [['t1']], { tile: TILE, overlap })[0];
  const whole = run({ size, images }, 'half');
  // Tiles begin at 0, 16, 32, 40; by a third at 0, 22, 40.
  const own = (from: number): Float32Array =>
    run(slices(images, from, 72), 'half').slice(32 * 1024, 64 * 1024);
  const tiles = [0, 16, 32, 40].map((from) => ({ from, map: own(from) }));
  for (const slice of [0, 15, 20, 35, 41, 50, 70]) {
    const covering = tiles.filter(({ from }) => from <= slice && slice < from + 32);
    for (const voxel of [0, 517, 1023]) {
      const sum = covering.reduce((s, { from, map }) => s + map[(slice - from) * 1024 + voxel], 0);
      const found = whole[(72 + slice) * 1024 + voxel];
      assert.ok(Math.abs(found - sum / covering.length) < 1e-5, `slice ${slice}`);
    }
  }
  assert.notDeepEqual(run({ size, images }, 'third'), whole);
  disposeAll(parameters);
});

test('a volume smaller than the tile is padded with zeros and returned in its size', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const images = filled('images', 4 * 20 * 30 * 32, -1, 1);
  const volume = { size: [20, 30, 32] as const, images };
  const [map] = segmentSubsets({ model: mckdModel, parameters }, volume, [['t1ce']], {
    tile: TILE,
  });
  assert.equal(map.length, 3 * 20 * 30 * 32);
  assert.ok(map.every((p) => p > 0 && p < 1));
  disposeAll(parameters);
});

/*
scipy 1.17.1, nnU-Net's weights of a tile of 9 x 17:
  x = np.zeros((9, 17)); x[4, 8] = 1
  g = scipy.ndimage.gaussian_filter(x, [9 / 8, 17 / 8], mode='constant'); g /= g.max()
  g[4, :9], g[2, 3]
*/
const GAUSSIAN = [
  0.000836315, 0.0044024, 0.018570905, 0.062777027, 0.170056202, 0.369154585, 0.642167199,
  0.89518342, 1,
];
const GAUSSIAN_CORNER = 0.012927311908159893;

test('Gaussian weights are those of nnU-Net, and never 0', () => {
  const [nine, seventeen] = [9, 17].map((side) => tileWeights(side, 'gaussian'));
  assertClose(seventeen.slice(0, 9), GAUSSIAN, 1e-8);
  assert.ok(Math.abs(nine[2] * seventeen[3] - GAUSSIAN_CORNER) < 1e-8);
  for (const side of [16, 32, 80, 160]) {
    const weights = tileWeights(side, 'gaussian');
    assert.ok(weights[0] > 3e-4 && weights[0] === weights[side - 1], `tile ${side}`);
  }
  assert.deepEqual([...tileWeights(3, 'mean')], [1, 1, 1]);
});

test('Gaussian blending weights each tile by the distance of a voxel from its middle', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const size = [40, 32, 32] as const;
  const images = filled('images', 4 * 40 * 1024, -1, 1);
  const options = { tile: TILE, blending: 'gaussian' } as const;
  const [whole] = segmentSubsets(
    { model: mckdModel, parameters },
    { size, images },
    [['t1', 't2']],
    options,
  );
  const [a, b] = [0, 8].map((from) => {
    const [map] = segmentSubsets(
      { model: mckdModel, parameters },
      slices(images, from),
      [['t1', 't2']],
      { tile: TILE },
    );
    return map;
  });
  // Region 2; slices 12 and 30, in both tiles: the weights are exp(-d^2 / (2 * 4^2)).
  for (const slice of [12, 30]) {
    const [wa, wb] = [slice, slice - 8].map((i) => Math.exp(-((i - 15.5) ** 2) / 32));
    for (const voxel of [0, 500, 1023]) {
      const [pa, pb] = [a[(64 + slice) * 1024 + voxel], b[(64 + slice - 8) * 1024 + voxel]];
      const p = whole[(80 + slice) * 1024 + voxel];
      assert.ok(Math.abs(p - (wa * pa + wb * pb) / (wa + wb)) < 1e-5);
      if (slice === 30)
        assert.ok(Math.abs(p - pb) < Math.abs(p - pa), 'the nearer tile counts more');
    }
  }
  disposeAll(parameters);
});

/** 32 slices of [4, depth, 32, 32]. */
function slices(
  images: Float32Array,
  from: number,
  depth = 40,
): { size: typeof TILE; images: Float32Array } {
  const cut = new Float32Array(4 * 32 * 1024);
  for (let m = 0; m < 4; m++) {
    const start = (m * depth + from) * 1024;
    cut.set(images.subarray(start, start + 32 * 1024), m * 32 * 1024);
  }
  return { size: TILE, images: cut };
}

test('slabs come as soon as they are finished, in order, and leak no tensor for any number of tiles', () => {
  const parameters = segmentationParameters(WIDTH, randomStream(0, 'inference'));
  const before = tf.memory().numTensors;
  const size = [70, 40, 32] as const;
  const images = filled('images', 4 * 70 * 40 * 32, -1, 1);
  const subsets: Modality[][] = [['flair'], ['flair', 't1ce']];
  const held: number[] = [];
  const order: string[] = [];
  for (const event of segmentSlabs({ model: mckdModel, parameters }, { size, images }, subsets, {
    tile: TILE,
  })) {
    if (event.kind === 'tile') {
      order.push(`tile ${event.done}/${event.total}`);
      held.push(tf.memory().numTensors);
    } else {
      const { subset, from, to, probabilities } = event;
      order.push(`subset ${subset}: ${from}-${to}`);
      assert.equal(probabilities.length, 3 * (to - from) * 40 * 32);
      assert.ok(probabilities.every((p) => p > 0 && p < 1));
    }
  }
  // Depth starts at 0, 22, 38; two tiles along the height.
  const row = (first: number, slab: string): string[] => [
    ...[first, first + 1].map((tile) => `tile ${tile}/6`),
    ...[0, 1].map((subset) => `subset ${subset}: ${slab}`),
  ];
  assert.deepEqual(order, ['tile 0/6', ...row(1, '0-22'), ...row(3, '22-38'), ...row(5, '38-70')]);
  assert.deepEqual(new Set(held).size, 1, `tensors after each tile: ${held.join(', ')}`);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  const left = segmentSlabs({ model: mckdModel, parameters }, { size, images }, subsets, {
    tile: TILE,
  });
  left.next();
  left.return(undefined);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked by one that was left early');
  disposeAll(parameters);
});
