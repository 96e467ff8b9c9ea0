import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODALITIES, type Modality } from '../base/modality';
import { randomStream } from '../base/random';
import { buildConfig } from '../config';
import { tf } from '../nn/tf';
import { availableAt, maskOf } from './available';
import { modelNamed, type SegmentationModel } from './models';

const { brats: config } = buildConfig('paper', { brats: { batchSize: 2 } });
const stream = randomStream(0, 'subsets');

const drawn = (model: Pick<SegmentationModel, 'availability' | 'draw'>): Modality[][][] =>
  Array.from({ length: 400 }, (_, step) =>
    availableAt({ stage: 2, step }, config, model, stream).map((own) => [...own]),
  );

test('a batch has one subset; where a method goes by the mask, each sample its own', () => {
  assert.ok(drawn({}).every(([a, b]) => a.join() === b.join()));
  const own = drawn({ availability: 'mask' });
  assert.ok(own.some(([a, b]) => a.join() !== b.join()));
  assert.deepEqual(own, drawn({ availability: 'mask' }));
});

test('all scans in stage one, a listed subset throughout', () => {
  for (const availability of ['list', 'mask'] as const) {
    const all = availableAt({ stage: 1, step: 3 }, config, { availability }, stream);
    assert.deepEqual(all, [MODALITIES, MODALITIES]);
    const few = availableAt({ stage: 2, step: 3 }, { ...config, scans: ['t2'] }, {}, stream);
    assert.deepEqual(few, [['t2'], ['t2']]);
  }
});

test("LCKD never draws all four scans, and ShaSpec's first is any of those drawn", () => {
  const sizes = (model: string): Set<number> =>
    new Set(drawn(modelNamed(model)).map(([own]) => own.length));
  assert.deepEqual(sizes('lckd'), new Set([1, 2, 3]));
  assert.deepEqual(sizes('mckd'), new Set([1, 2, 3, 4]));
  const firsts = drawn(modelNamed('shaspec'))
    .filter(([own]) => own.length === 4)
    .map(([[first]]) => first);
  assert.deepEqual(new Set(firsts), new Set(MODALITIES));
});

test('RobustSeg keeps each scan with probability 1/2, and one if none is kept', () => {
  const draws = drawn(modelNamed('robustseg')).flat();
  const share = (size: number): number =>
    draws.filter(({ length }) => length === size).length / draws.length;
  // Sizes 1 to 4: 4 of 16 and the one that is empty, 6, 4 and 1.
  [5, 6, 4, 1].forEach((count, i) => {
    const p = count / 16;
    const deviation = Math.sqrt((p * (1 - p)) / draws.length);
    assert.ok(Math.abs(share(i + 1) - p) < 3 * deviation, `size ${i + 1}`);
  });
});

test('the mask has a row per sample', () => {
  const mask = maskOf([['flair', 't2'], ['t1ce']]);
  assert.deepEqual(Array.from(mask.dataSync()), [1, 0, 0, 1, 0, 0, 1, 0]);
  tf.dispose(mask);
});
