import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findCases, labelsOfRegions, type CaseFiles } from '../../datasets/brats';
import { readNifti, writeNifti, type Affine } from '../../formats/nifti';
import { normaliseIntensity } from '../../volume/normalise';
import { BRATS_AXES, fromDepthFirst, toAxes, toDepthFirst } from '../../volume/orientation';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { resampleVolume } from '../../volume/resample-volume';
import { segmentSubsets } from './segment-slabs';
import { MODALITIES, type Modality } from '../../base/modality';
import { segmentationParameters } from '../../models/segmentation';
import { disposeAll, type NamedTensors } from '../../nn/parameters';
import { mckdModel } from '../models';
import { randomStream } from '../../base/random';
import { readCaseForWeights, readCaseVolume } from './case-volume';
import type { CaseVolume } from './volumes';
import { segmentCase, subsetGroups, type CaseSegmentation } from './segment-case';
import { unlikeShipped } from './shipped';
import { chooseVoxelSize } from './voxel-size';

const SHAPE = [20, 18, 22];
const TILE = [16, 32, 32] as const;
/** BraTS' axes, voxels of 1 x 1.5 x 2 mm. */
const PLACE: Affine = [
  [-1, 0, 0, 5],
  [0, -1.5, 0, 40],
  [0, 0, 2, -3],
  [0, 0, 0, 1],
];
/** The case's sizes in mm, to voxels of 2 x 1 x 3: coarser, finer, coarser. */
const VOXEL_SIZE = [2, 1, 3];
const RESAMPLED = [10, 27, 15];

const trainedOn = (
  voxelSize: readonly number[],
  brainShare = 0.7,
): { metadata: Record<string, string> } => ({
  metadata: {
    trainingData: JSON.stringify({ voxelSize, grid: [10, 10, 10], brainShare, intensities: {} }),
  },
});

function network(): ReturnType<typeof segmentationParameters> {
  return segmentationParameters(1 / 32, randomStream(3, 'segment-case'));
}

async function segmentAll(
  parameters: NamedTensors,
  volume: CaseVolume,
  subsets: Modality[][],
): Promise<CaseSegmentation[]> {
  const results: CaseSegmentation[] = [];
  for await (const event of segmentCase({ model: mckdModel, parameters }, volume, subsets, {
    tile: TILE,
    probabilities: true,
  })) {
    if (event.kind === 'segmentation') results.push(event);
  }
  return results;
}

/** A reference implementation, step by step. */
async function plainly(
  parameters: NamedTensors,
  files: CaseFiles,
  subset: Modality[],
): Promise<Float32Array[]> {
  const [X, Y, Z] = RESAMPLED;
  const count = X * Y * Z;
  const images = new Float32Array(4 * count);
  for (const modality of subset) {
    const scan = await readNifti(files.scans[modality]?.file as string);
    const { values } = normaliseIntensity(scan.values);
    const resampled = resampleVolume(values, SHAPE, RESAMPLED);
    images.set(toDepthFirst(resampled, RESAMPLED), MODALITIES.indexOf(modality) * count);
  }
  const [map] = segmentSubsets(
    { model: mckdModel, parameters },
    { size: [Z, X, Y], images },
    [subset],
    { tile: TILE },
  );
  return [0, 1, 2].map((r) =>
    resampleVolume(
      fromDepthFirst(map.slice(r * count, (r + 1) * count), RESAMPLED),
      RESAMPLED,
      SHAPE,
    ),
  );
}

test('a case of another voxel size is segmented at that of the training, and resampled back to its own grid', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { shape: SHAPE, affine: PLACE });
  const [files] = findCases(folder);
  const parameters = network();
  const notes: string[] = [];
  const scans: Modality[] = ['flair', 't2'];
  const volume = await readCaseForWeights(trainedOn(VOXEL_SIZE), files, scans, {
    onNote: (note) => notes.push(note),
  });
  assert.deepEqual(volume.size, [15, 10, 27]);
  assert.match(
    notes[0],
    /^voxels are 1 x 1.5 x 2 mm, those of the network's training 2 x 1 x 3 mm; the scans are resampled/,
  );
  const [{ labels, probabilities }] = await segmentAll(parameters, volume, [scans]);
  const expected = await plainly(parameters, files, scans);
  assert.ok(probabilities);
  for (const [r, region] of (['ET', 'WT', 'TC'] as const).entries()) {
    assert.deepEqual(probabilities[region], expected[r]);
  }
  const masks = expected.flatMap((map) => Array.from(map, (p) => Number(p > 0.5)));
  assert.deepEqual(labels, labelsOfRegions(Uint8Array.from(masks)));
  assert.ok(new Set(labels).size > 1, 'more than one label, or the test is void');

  const plain = await readCaseForWeights(trainedOn(VOXEL_SIZE), files, scans, {
    resample: 'never',
  });
  const without = await readCaseVolume(files, scans);
  assert.deepEqual(plain, without);
  const [never] = await segmentAll(parameters, plain, [scans]);
  assert.notDeepEqual(never.labels, labels);
  disposeAll(parameters);
});

test('in every orientation of the files, the same voxels get the same labels', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(join(folder, 'lps'), 'x', { shape: SHAPE, affine: PLACE });
  const [lps] = findCases(join(folder, 'lps'));
  // The same voxels, sagittal and from the right to the left. Each file's first voxel is background.
  const [X, Y, Z] = SHAPE;
  for (const { file } of Object.values(lps.scans)) {
    const scan = await readNifti(file);
    for (const x of [0, X - 1]) {
      for (const y of [0, Y - 1]) for (const z of [0, Z - 1]) scan.values[x + X * (y + Y * z)] = 0;
    }
    const name = file.slice(file.lastIndexOf('x_'));
    const datatype = 'int16';
    for (const [folderName, axes] of [
      ['lps', 'LPS'],
      ['sar', 'SAR'],
    ]) {
      const { shape, affine, values } = toAxes(scan, axes);
      writeNifti(join(folder, folderName, 'x', name), { shape, affine, values, datatype });
    }
  }
  const [sar] = findCases(join(folder, 'sar'));
  const parameters = network();
  const [one, other] = await Promise.all(
    [lps, sar].map(async (files) => {
      const volume = await readCaseVolume(files, ['t1'], { voxelSize: VOXEL_SIZE });
      const [{ labels }] = await segmentAll(parameters, volume, [['t1']]);
      return toAxes({ ...volume.stored, values: labels }, BRATS_AXES).values;
    }),
  );
  disposeAll(parameters);
  assert.deepEqual(other, one);
});

test('voxel size: automatic beyond a fifth from the training’s, else as requested, with notes', () => {
  const chosen = (
    spacing: number[],
    choice?: Parameters<typeof chooseVoxelSize>[2],
    weights: { metadata: Record<string, string> } = trainedOn([2, 2, 2]),
  ): ReturnType<typeof chooseVoxelSize> => chooseVoxelSize(weights, spacing, choice);
  assert.deepEqual(chosen([2, 2.39, 1.61]), { notes: [] });
  for (const spacing of [
    [2.41, 2, 2],
    [2, 2, 1.59],
  ]) {
    const { voxelSize, notes } = chosen(spacing);
    assert.deepEqual(voxelSize, [2, 2, 2]);
    assert.match(notes.join(), /training 2 x 2 x 2 mm; the scans are resampled to that size/);
    const never = chosen(spacing, 'never');
    assert.equal(never.voxelSize, undefined);
    assert.match(never.notes.join(), /nothing is resampled, as requested/);
  }
  assert.deepEqual(chosen([2, 2.1, 2], 'always').voxelSize, [2, 2, 2]);
  assert.deepEqual(chosen([2, 2.0001, 2], 'always'), { notes: [] });
  assert.deepEqual(chosen([2, 2.3, 2], 'never'), { notes: [] });
  assert.deepEqual(chosen([2, 2, 2], [1, 1, 3]).voxelSize, [1, 1, 3]);
  assert.deepEqual(chosen([1, 1, 3], [1, 1, 3]), { notes: [] });
  assert.throws(
    () => chosen([2, 2, 2], [1, 0, 1]),
    /voxel size is 1,0,1; give three numbers over 0/,
  );

  const silent = { metadata: {} };
  assert.match(
    chosen([2, 2, 2], 'auto', silent).notes.join(),
    /^the checkpoint does not state the voxel size of its training; nothing is resampled/,
  );
  assert.deepEqual(chosen([2, 2, 2], 'never', silent), { notes: [] });
  assert.throws(() => chosen([2, 2, 2], 'always', silent), /does not state .* --resample 1,1,1/);
  assert.deepEqual(chosen([2, 2, 2], [1, 1, 1], silent).voxelSize, [1, 1, 1]);
});

test('the shipped networks: the same rule, and no note within a fifth', () => {
  assert.deepEqual(unlikeShipped([3.75, 3.75, 3.75]), []);
  assert.deepEqual(unlikeShipped([4.4, 3.75, 3.1]), []);
  const [note, ...others] = unlikeShipped([1, 1, 1]);
  assert.deepEqual(others, []);
  assert.match(
    note,
    /^voxels are 1 x 1 x 1 mm, those of .* 3\.75 x 3\.75 x 3\.75 mm \(.*recorded:mckd.*\): /,
  );
  assert.match(unlikeShipped([4.6, 3.75, 3.75])[0], /^voxels are 4\.6 x 3\.75 x 3\.75 mm/);
});

test('a case with far more voxels that are not background than in training gives a note', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { shape: SHAPE, affine: PLACE });
  const [files] = findCases(folder);
  const notesOf = async (brainShare: number): Promise<string> => {
    const notes: string[] = [];
    const weights = trainedOn([1, 1.5, 2], brainShare);
    await readCaseForWeights(weights, files, ['t1'], { onNote: (note) => notes.push(note) });
    return notes.join('\n');
  };
  assert.match(
    await notesOf(0.3),
    /^\d\d % of the voxels are not background, in the network's training 30 %;.*extract the brain/m,
  );
  assert.doesNotMatch(await notesOf(0.6), /in the network's training/);
});

test('subsets are segmented all at once, or in groups that fit into memory', () => {
  const subsets = Array.from({ length: 15 }, () => ['t1'] as Modality[]);
  const volume = (size: [number, number, number], shape: number[]): CaseVolume => ({
    ...{ name: 'x', scans: ['t1'], size, images: new Float32Array() },
    stored: { shape, affine: PLACE, axes: 'LPS' },
  });
  const sizes = (...given: Parameters<typeof subsetGroups>): number[] =>
    subsetGroups(...given).map((group) => group.length);
  const brats = volume([155, 240, 240], [240, 240, 155]);
  assert.deepEqual(sizes(brats, subsets), [15]);
  assert.deepEqual(sizes(brats, subsets, { probabilities: true }), [2, 2, 2, 2, 2, 2, 2, 1]);
  assert.deepEqual(sizes(volume([155, 240, 240], [64, 64, 41]), subsets), [2, 2, 2, 2, 2, 2, 2, 1]);
  assert.deepEqual(sizes(volume([41, 64, 64], [240, 240, 155]), subsets), [15]);
  assert.deepEqual(sizes(volume([500, 500, 500], [64, 64, 41]), subsets.slice(0, 2)), [1, 1]);
});
