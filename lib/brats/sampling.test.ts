import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import { NO_AUGMENTATION, PAPER_SAMPLING } from '../loading/sampling';
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
