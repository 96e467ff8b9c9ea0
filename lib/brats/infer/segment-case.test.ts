import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findCases,
  labelsOfRegions,
  writeSegmentation,
  type CaseFiles,
} from '../../datasets/brats';
import { readNifti } from '../../formats/nifti';
import { prepareCase } from '../../loading/prepared';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { segmentSubsets } from './segment-slabs';
import type { Modality } from '../../base/modality';
import { segmentationParameters } from '../../models/segmentation';
import { disposeAll, type Parameters } from '../../nn/parameters';
import { mckdModel } from '../models';
import { randomStream } from '../../base/random';
import { tf } from '../../nn/tf';
import { readCaseVolume } from './case-volume';
import {
  labelVoxels,
  segmentCase,
  writeProbabilities,
  type CaseSegmentation,
} from './segment-case';
import { besideFile } from '../../datasets/brats/kit-result';

const SHAPE = [20, 18, 22];
const TILE = [16, 32, 32] as const;
/** Not BraTS' axes: the first runs to the right, and the last comes first. */
const PLACE = [
  [0, 0, 2, -3],
  [0, -1.5, 0, 40],
  [1, 0, 0, 5],
  [0, 0, 0, 1],
];

/** Fresh logits are about 0, so that each label occurs. */
function network(): Parameters {
  return segmentationParameters(1 / 32, randomStream(3, 'segment-case'));
}

async function segmentAll(
  parameters: Parameters,
  files: CaseFiles,
  scans: Modality[],
  subsets: Modality[][],
): Promise<CaseSegmentation[]> {
  const volume = await readCaseVolume(files, scans);
  const results: CaseSegmentation[] = [];
  const options = { tile: TILE, probabilities: true };
  for await (const event of segmentCase(
    { model: mckdModel, parameters },
    volume,
    subsets,
    options,
  )) {
    if (event.kind === 'segmentation') results.push(event);
  }
  return results;
}

test('label maps and probabilities are on the grid of the files, voxel for voxel', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { shape: SHAPE, affine: PLACE });
  const [files] = findCases(folder);
  const parameters = network();
  const before = tf.memory().numTensors;
  const subsets: Modality[][] = [['t1ce'], ['flair', 't2']];
  const results = await segmentAll(parameters, files, ['flair', 't1ce', 't2'], subsets);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  assert.deepEqual(
    results.map(({ subset }) => subset),
    subsets,
  );

  // The reference: prepared as for training. LPS' first axis is the stored third, mirrored, its second
  // the stored second, its third the stored first; the network's are LPS' third, first, second.
  const { size, images } = await prepareCase(files);
  assert.deepEqual(size, [20, 22, 18]);
  const maps = segmentSubsets({ model: mckdModel, parameters }, { size, images }, subsets, {
    tile: TILE,
  });
  const [X, Y, Z] = SHAPE;
  const count = X * Y * Z;
  for (const [s, { labels, probabilities }] of results.entries()) {
    const expected = labelsOfRegions(maps[s].map((p) => Number(p > 0.5)));
    assert.ok(new Set(expected).size > 1, 'more than one label, or the test is void');
    for (let z = 0; z < Z; z++) {
      for (let y = 0; y < Y; y++) {
        for (let x = 0; x < X; x++) {
          const stored = x + X * (y + Y * z);
          const prepared = (x * Z + (Z - 1 - z)) * Y + y;
          assert.equal(labels[stored], expected[prepared]);
          const wt = probabilities?.WT[stored] ?? NaN;
          assert.ok(Math.abs(wt - maps[s][count + prepared]) < 1e-5);
        }
      }
    }
  }
  disposeAll(parameters);

  const file = join(folder, 'out', 'seg.nii.gz');
  const { stored } = await readCaseVolume(files, ['flair']);
  writeSegmentation(file, results[0].labels, stored);
  const image = await readNifti(file);
  assert.deepEqual([image.datatype, image.shape, image.affine], ['int16', SHAPE, PLACE]);
  assert.deepEqual([...image.values], [...results[0].labels]);
  const written = writeProbabilities(
    file,
    results[0].probabilities as Record<'ET' | 'WT' | 'TC', Float32Array>,
    stored,
  );
  assert.deepEqual(
    written,
    ['ET', 'WT', 'TC'].map((region) => join(folder, 'out', `seg_${region}.nii.gz`)),
  );
  const et = await readNifti(written[0]);
  assert.deepEqual([et.datatype, et.affine], ['float32', PLACE]);
  assert.deepEqual([...et.values], [...(results[0].probabilities?.ET ?? [])]);
});

test('a scan that is not requested is not read, and makes no difference', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { shape: SHAPE });
  const [files] = findCases(folder);
  const parameters = network();
  const whole = await segmentAll(parameters, files, ['flair', 't1'], [['t1']]);
  // No such file: reading it would throw.
  const alone: CaseFiles = {
    ...files,
    scans: { t1: files.scans.t1, flair: { file: join(folder, 'absent.nii') } },
  };
  const [{ labels, probabilities }] = await segmentAll(parameters, alone, ['t1'], [['t1']]);
  assert.deepEqual(labels, whole[0].labels);
  assert.ok(probabilities && whole[0].probabilities);
  const other = whole[0].probabilities.ET;
  assert.ok(probabilities.ET.every((p, i) => Math.abs(p - other[i]) < 1e-5));
  await assert.rejects(
    segmentAll(parameters, files, ['t1'], [['t1', 't2']]),
    /t2 of x was not read/,
  );
  disposeAll(parameters);
});

test('names beside a file, and voxels of each label', () => {
  assert.equal(besideFile('a.nii/seg.nii.gz', 'flair-t1'), 'a.nii/seg_flair-t1.nii.gz');
  assert.equal(besideFile('seg.nii', 'ET'), 'seg_ET.nii');
  assert.deepEqual(labelVoxels(Uint8Array.of(0, 4, 2, 2, 1, 0, 0)), {
    background: 3,
    core: 1,
    oedema: 2,
    enhancing: 1,
  });
});
