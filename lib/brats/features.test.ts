import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillMissing } from '../mckd';
import { availabilityOf, MODALITIES, type Modality } from '../base/modality';
import { encodeModalities, segmentationParameters } from '../models/segmentation';
import { disposeAll } from '../nn/parameters';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { filled } from '../checks/parity/filling';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import {
  distancesToFilled,
  encodeSample,
  featureDistances,
  featureSpread,
  meanFilledDistances,
} from './features';

const close = (a: number, b: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a}, expected ${b}`);

test('distances to the filled mean, by hand', () => {
  const features = [
    [1, 0],
    [3, 4],
    [2, 5],
    [0, 2],
  ];
  // T1ce and T2 missing: g = mean of [1, 0] and [3, 4] = [2, 2].
  const found = distancesToFilled(features, ['flair', 't1'], ['t1ce', 't2']);
  assert.deepEqual([found.byScan.t1ce?.l1, found.byScan.t1ce?.l2], [3, 3]);
  assert.equal(found.byScan.t2?.l1, 2);
  close(found.byScan.t1ce?.cosine ?? 0, 14 / (Math.sqrt(8) * Math.sqrt(29)));
  close(found.byScan.t2?.cosine ?? 0, Math.SQRT1_2);
  assert.deepEqual([found.l1, found.l2], [5, 5]);
  close(found.cosine, 14 / Math.sqrt(8 * 29) + Math.SQRT1_2);
  assert.equal(found.byScan.flair, undefined);
});

test('a feature of zeros has no direction, and equal ones have no distance', () => {
  const one = distancesToFilled([[0, 0], [1, 2], [], []], ['t1'], ['flair']);
  assert.deepEqual([one.l1, one.cosine], [3, 0]);
  const same = distancesToFilled([[2, 1], [2, 1], [], []], ['t1'], ['flair']);
  assert.deepEqual([same.l1, same.l2], [0, 0]);
  close(same.cosine, 1);
});

test('available and missing scans are checked', () => {
  const features = MODALITIES.map(() => [1]);
  const wrong: [Modality[], Modality[]][] = [
    [[], ['t1']],
    [['t1'], []],
    [['t1', 't2'], ['t2']],
  ];
  for (const [present, missing] of wrong) {
    assert.throws(() => distancesToFilled(features, present, missing), /at least one scan of each/);
  }
});

test('spread between scans and between cases, by hand', () => {
  const cases = [
    [[0], [1], [1], [1]],
    [[4], [1], [1], [1]],
  ];
  // Scans: pairs with FLAIR are 1 apart in the first case, 3 in the second; the other three pairs 0.
  const spread = featureSpread(cases);
  close(spread.betweenScans, (3 * 1 + 3 * 3) / 12);
  close(spread.betweenCases, 4 / 4);
  close(spread.magnitude, (3 + 7) / 8);
  assert.throws(() => featureSpread(cases.slice(1)), { code: 'MISSING' });
});

test('each scan filled from the other three, mean over cases', () => {
  const one = [[0], [3], [6], [9]];
  const other = one.map(([value]) => [2 * value]);
  // From the other three: (3 + 6 + 9) / 3 = 6 for the first, 5, 4 and 3 for the others.
  const wanted = [6, 2, 2, 6];
  const found = meanFilledDistances([one, other]);
  MODALITIES.forEach((modality, m) => close(found.byScan[modality]?.l1 ?? NaN, 1.5 * wanted[m]));
  close(found.l1, 24);
  close(found.byScan.t1?.cosine ?? NaN, 1);
  close(found.byScan.flair?.cosine ?? NaN, 0);
});

test('of a network: filling’s own features, one pass, no tensor leaked', () => {
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'features'));
  const values = filled('images', 2 * 32 ** 3 * 4, -1, 1);
  const images = tf.tensor5d(values, [2, 32, 32, 32, 4]);
  const present = ['flair', 't1', 't2'] as const;
  const { features, skips } = encodeModalities(parameters, images);
  const has = availabilityOf(present);
  const wanted = tf.tidy(() => {
    const difference = tf.sub(fillMissing(features, [has, has])[2], features[2]);
    return [tf.sum(tf.abs(difference)), tf.norm(difference)].map((x) => x.dataSync()[0]);
  });
  tf.dispose([...features, ...skips]);
  assertNoLeak(() => {
    const found = featureDistances(parameters, images, present);
    assert.ok(found.l1 > 0);
    close(found.l1, wanted[0], 1e-4);
    close(found.l2, wanted[1], 1e-4);
    assert.deepEqual(Object.keys(found.byScan), ['t1ce']);
  });
  images.dispose();
  disposeAll(parameters);
});

test('a sample with its channels outside has the features of its tensor', () => {
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'features'));
  const images = filled('images', 4 * 32 ** 3, -1, 1);
  const vectors = encodeSample(parameters, { size: [32, 32, 32], images });
  const one = tf.tensor5d(images.subarray(32 ** 3, 2 * 32 ** 3), [1, 32, 32, 32, 1]);
  const { features, skips } = encodeModalities(parameters, one);
  const wanted = features[0].dataSync();
  assert.equal(vectors[1].length, wanted.length);
  const off = vectors[1].reduce((most, v, i) => Math.max(most, Math.abs(v - wanted[i])), 0);
  assert.ok(off < 1e-4, `off by ${off}`);
  tf.dispose([one, ...features, ...skips]);
  disposeAll(parameters);
});
