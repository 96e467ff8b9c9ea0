import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import {
  drawCropBox,
  FLIPS,
  NO_AUGMENTATION,
  PAPER_SAMPLING,
  RFNET_AUGMENTATION,
} from '../loading/sampling';
import { randomStream } from '../base/random';
import { samplingOptions } from './sampling';

const { brats } = buildConfig('paper');

test('the paper preset samples as the authors do, in training and in the meta step', () => {
  assert.deepEqual(samplingOptions(brats, 'training'), PAPER_SAMPLING);
  assert.deepEqual(samplingOptions(brats, 'meta'), PAPER_SAMPLING);
});

test('without augmentation a crop is only cut; the meta step has its own switch', () => {
  const plain = samplingOptions({ ...brats, augmentation: 'none' }, 'training');
  assert.deepEqual(plain.augmentation, NO_AUGMENTATION);
  assert.equal(plain.crop.rescaleProbability, 0);
  assert.equal(plain.mirror.unmirroredProbability, 1);
  assert.equal(plain.crop.classCentredProbability, 0.5);
  const quirks = { ...brats.quirks, metaStepAugments: false };
  assert.deepEqual(samplingOptions({ ...brats, quirks }, 'meta').augmentation, NO_AUGMENTATION);
  assert.deepEqual(samplingOptions({ ...brats, quirks }, 'training'), PAPER_SAMPLING);
});

test("MetaKD's class-centred crops always have a class", () => {
  const quirks = { ...brats.quirks, classCentreMayBeNone: false };
  const { crop } = samplingOptions({ ...brats, quirks }, 'training');
  assert.deepEqual(crop.classCentredChoices, ['ET', 'WT', 'TC']);
});

test('on a coarser grid the elastic deformation shrinks with the voxels', () => {
  const { spatial } = samplingOptions({ ...brats, crop: [32, 64, 64] }, 'training').augmentation;
  assert.deepEqual(
    spatial.elasticSigma.map((v) => v.toFixed(3)),
    ['3.600', '5.200'],
  );
  assert.equal(spatial.elasticStrength[1].toFixed(1), '91.1');
});

test("RFNet's crops, flips alone and plain crops: every position is equally likely, nothing is rescaled", () => {
  const augmentations = { rfnet: RFNET_AUGMENTATION, flips: FLIPS, crops: NO_AUGMENTATION };
  for (const name of ['rfnet', 'flips', 'crops'] as const) {
    const own = { ...brats, crop: [80, 64, 64] as [number, number, number], augmentation: name };
    const { crop, mirror, augmentation } = samplingOptions(own, 'training');
    assert.deepEqual(augmentation, augmentations[name]);
    assert.equal(mirror.unmirroredProbability, 1);
    // Room for five positions, for one, and for none: then the case is padded on both sides.
    const empty = { images: new Float32Array(0), regions: new Uint8Array(3 * 84 * 64 * 60) };
    const sample = { size: [84, 64, 60] as const, ...empty };
    const starts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 1000; i++) {
      const { start, size } = drawCropBox(sample, crop, randomStream(i, name));
      assert.deepEqual(
        [size, start.slice(1)],
        [
          [80, 64, 64],
          [0, -2],
        ],
      );
      starts[start[0]] += 1;
    }
    // 200 each; one deviation is 13.
    assert.ok(
      starts.every((count) => Math.abs(count - 200) < 60),
      starts.join(),
    );
    const quirks = { ...brats.quirks, metaStepAugments: false };
    assert.deepEqual(
      samplingOptions({ ...own, quirks }, 'meta').augmentation,
      NO_AUGMENTATION,
      'the meta step has its own switch',
    );
  }
});
