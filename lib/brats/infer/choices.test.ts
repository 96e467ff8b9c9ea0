import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BRATS_CODES } from '../../datasets/brats/label-codes';
import type { CaseFiles } from '../../datasets/brats';
import { UserError } from '../../base/errors';
import { MODALITY_SUBSETS } from '../../base/modality';
import type { Size3 } from '../../volume/size';
import { mckdModel, modelNamed } from '../models';
import { scanNames, scansToUse, subsetsOf } from './scans';
import { chooseTile } from './tile';

const FILES: CaseFiles = {
  name: 'x',
  layout: 'brats2018',
  scans: { t2: { file: '/d/x_t2.nii' }, flair: { file: '/d/x_flair.nii' } },
  codes: BRATS_CODES,
};

test('scans: all available ones, or those requested, in the order of the network', () => {
  assert.deepEqual(scansToUse(FILES), ['flair', 't2']);
  assert.deepEqual(scansToUse(FILES, ['T2', ' flair', 't2']), ['flair', 't2']);
  assert.deepEqual(scansToUse(FILES, ['t2']), ['t2']);
  assert.equal(scanNames(['flair', 't1ce']), 'FLAIR, T1ce');
  assert.deepEqual(subsetsOf(['flair', 't2']), [['flair'], ['t2'], ['flair', 't2']]);
  assert.deepEqual(subsetsOf(['flair', 't1', 't1ce', 't2']), MODALITY_SUBSETS);
});

test('scans that are unknown or absent, or none at all, are errors', () => {
  const message = (files: CaseFiles, asked?: string[]): string => {
    try {
      scansToUse(files, asked);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    }
    return assert.fail('no error');
  };
  assert.match(
    message(FILES, ['flair', 'pd']),
    /"pd" is no modality; choose from flair,t1,t1ce,t2/,
  );
  assert.match(message(FILES, ['']), /"" is no modality/);
  assert.match(
    message(FILES, ['t1ce']),
    /case x has no T1ce \(beside \/d\/x_flair.nii\); choose from flair, t2/,
  );
  assert.match(
    message({ ...FILES, scans: {}, labels: { file: '/d/x_seg.nii' } }),
    /case x has no scan \(beside \/d\/x_seg.nii\); it needs one of flair/,
  );
});

test('tile: as requested, of the training, or the authors’, no larger than needed', () => {
  const plain = { metadata: {} };
  const trained = {
    metadata: { training: JSON.stringify({ format: 1, config: { crop: [32, 64, 64] } }) },
  };
  const model = mckdModel;
  const tile = (
    { metadata }: { metadata: Record<string, string> },
    ...args: [Size3, number[]?]
  ): readonly number[] => chooseTile({ metadata, model }, ...args).tile;
  assert.deepEqual(tile(trained, [155, 240, 240]), [32, 64, 64]);
  const shipped = { metadata: { config: JSON.stringify({ crop: [32, 64, 64] }) } };
  assert.deepEqual(tile(shipped, [155, 240, 240]), [32, 64, 64]);
  assert.deepEqual(tile(trained, [155, 240, 240], [80, 96, 128]), [80, 96, 128]);
  assert.deepEqual(tile(plain, [155, 240, 240]), [80, 160, 160]);
  assert.deepEqual(tile(plain, [48, 64, 70]), [48, 64, 96]);
  assert.deepEqual(tile(plain, [7, 240, 1]), [16, 160, 32]);
  assert.deepEqual(tile({ metadata: { training: '{' } }, [155, 240, 240]), [80, 160, 160]);
  const ofMmformer = (crop?: number[]): Parameters<typeof chooseTile>[0] => ({
    metadata: crop ? { config: JSON.stringify({ crop }) } : {},
    model: modelNamed('mmformer'),
  });
  assert.deepEqual(chooseTile(ofMmformer(), [7, 240, 1]).tile, [128, 128, 128]);
  const crop = [32, 64, 64];
  assert.deepEqual(chooseTile(ofMmformer(crop), [7, 240, 1], crop).tile, crop);
  assert.throws(
    () => chooseTile(ofMmformer(crop), [155, 240, 240], [64, 32, 64]),
    /tile is 64,32,64; mmformer takes only the crop that it was trained on, 32,64,64/,
  );
  for (const wrong of [
    [10, 32, 32],
    [16, 16, 32],
    [0, 32, 32],
    [16, 32],
  ]) {
    assert.throws(
      () => chooseTile({ ...plain, model }, [155, 240, 240], wrong),
      /should be multiples of 16, 32, 32/,
    );
  }
});
