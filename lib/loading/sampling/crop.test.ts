import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { randomStream } from '../../base/random';
import {
  cropSample,
  drawCrop,
  drawCropBox,
  PAPER_CROP,
  resizeSample,
  type CropOptions,
} from './crop';
import { golden, goldenSample, worstDifference } from '../../checks/fixtures/sampling';
import { type Sample } from './sample';
import { voxelCount, type Size3 } from '../../volume/size';

/** A case without images, whose whole tumour is the given voxels. */
function caseOf(size: Size3, tumour: Size3[] = []): Sample {
  const count = voxelCount(size);
  const regions = new Uint8Array(3 * count);
  for (const [d, h, w] of tumour) regions[count + (d * size[1] + h) * size[2] + w] = 1;
  return { size, images: new Float32Array(0), regions };
}

const BRATS = caseOf([155, 240, 240], [[70, 100, 120]]);
const UNSCALED: CropOptions = { ...PAPER_CROP, rescaleProbability: 0 };
const ANYWHERE: CropOptions = { ...UNSCALED, classCentredProbability: 0 };
const CENTRED: CropOptions = {
  ...UNSCALED,
  classCentredProbability: 1,
  classCentredChoices: ['WT'],
};

function boxes(prepared: Sample, options: CropOptions, count = 2000) {
  const stream = randomStream(3, 'boxes');
  return Array.from({ length: count }, () => drawCropBox(prepared, options, stream));
}

const ends = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];

test('a random crop keeps the authors’ margins and reaches both ends', () => {
  const starts = boxes(BRATS, ANYWHERE).map(({ start }) => start);
  assert.deepEqual(ends(starts.map(([d]) => d)), [0, 75]);
  assert.deepEqual(ends(starts.map(([, h]) => h)), [15, 65]);
  assert.deepEqual(ends(starts.map(([, , w]) => w)), [10, 70]);
});

test('half of the crops are cut at 0.9 to 1.1 times their size', () => {
  const sides = boxes(BRATS, { ...ANYWHERE, rescaleProbability: 0.5 }).map(({ size }) => size[2]);
  assert.deepEqual(ends(sides), [144, 175]);
  const rescaled = sides.filter((side) => side !== 160).length / sides.length;
  // A factor of 1 to 161 / 160 leaves the side as it is.
  assert.ok(Math.abs(rescaled - 0.5 * (1 - 1 / 32)) < 0.045, `${rescaled}`);
});

test('a class-centred crop has the voxel in its middle, or is shifted into the case', () => {
  assert.deepEqual(drawCropBox(BRATS, CENTRED, randomStream(1, 'c')), {
    start: [30, 20, 40],
    size: [80, 160, 160],
  });
  const corner = caseOf([155, 240, 240], [[154, 1, 239]]);
  assert.deepEqual(drawCropBox(corner, CENTRED, randomStream(1, 'c')).start, [75, 0, 80]);
  for (const { start, size } of boxes(BRATS, { ...CENTRED, rescaleProbability: 1 }, 10)) {
    assert.ok(size.every((side) => side % 2 === 0));
    assert.deepEqual([start[0] + size[0] / 2, start[1] + size[1] / 2], [70, 100]);
  }
});

test('3 of 8 crops are class-centred, on each voxel of a region equally often', () => {
  const prepared = caseOf(
    [20, 30, 40],
    [5, 15, 25].map((w) => [10, 15, w]),
  );
  const count = voxelCount(prepared.size);
  for (const channel of [0, 2]) prepared.regions.copyWithin(channel * count, count, 2 * count);
  // A random crop reaches none of the three voxels.
  const options = { ...UNSCALED, size: [4, 4, 4], margins: [0.2, 0.2, 0.4] } as const;
  const starts = boxes(prepared, options).map(({ start }) => start);
  for (const w of [3, 13, 23]) {
    const share = starts.filter(([d, h, x]) => d === 8 && h === 13 && x === w).length / 2000;
    assert.ok(Math.abs(share - 1 / 8) < 0.03, `${w}: ${share}`);
  }
});

test('a region that the case lacks gives a random crop', () => {
  const options = { ...CENTRED, size: [4, 4, 4] } as const;
  const starts = boxes(caseOf([20, 30, 40]), options).map(({ start }) => start[1]);
  assert.deepEqual(ends(starts), [2, 24]);
});

test('margins shrink with the case, and if the crop leaves less', () => {
  const small = { ...ANYWHERE, size: [32, 64, 64] as const };
  const starts = boxes(caseOf([40, 96, 70]), small).map(({ start }) => start);
  assert.deepEqual(ends(starts.map(([d]) => d)), [0, 8]);
  assert.deepEqual(ends(starts.map(([, h]) => h)), [6, 26]);
  assert.deepEqual(ends(starts.map(([, , w]) => w)), [3, 3]);
});

test('a case smaller than the crop is padded with zeros on all sides', () => {
  const images = Float32Array.from({ length: 4 * 2 * 3 * 4 }, (_, i) => i + 1);
  const prepared = { ...caseOf([2, 3, 4], [[1, 1, 1]]), images };
  const options = { ...CENTRED, size: [5, 2, 6] as const };
  const crop = drawCrop(prepared, options, randomStream(1, 'c'));
  const at = (c: number, d: number, h: number, w: number): number =>
    crop.images[((c * 5 + d) * 2 + h) * 6 + w];
  assert.deepEqual([at(0, 1, 0, 1), at(3, 2, 1, 4)], [images[0], images[3 * 24 + 12 + 4 + 3]]);
  assert.deepEqual([at(0, 0, 0, 1), at(0, 3, 0, 1), at(0, 1, 0, 0), at(3, 2, 1, 5)], [0, 0, 0, 0]);
  assert.equal(crop.regions[5 * 12 + (2 * 2 + 1) * 6 + 2], 1);
  assert.equal(crop.images.filter((value) => value !== 0).length, 4 * 2 * 2 * 4);
});

test('a crop is a copy of its box in every channel', () => {
  const sample = goldenSample();
  const crop = cropSample(sample, { start: [1, 2, 3], size: [2, 3, 4] });
  for (const [c, d, h, w] of [
    [0, 0, 0, 0],
    [3, 1, 2, 3],
    [2, 1, 0, 2],
  ]) {
    const from = ((c * 5 + d + 1) * 6 + h + 2) * 8 + w + 3;
    assert.equal(crop.images[((c * 2 + d) * 3 + h) * 4 + w], sample.images[from]);
    if (c < 3) assert.equal(crop.regions[((c * 2 + d) * 3 + h) * 4 + w], sample.regions[from]);
  }
  const whole = cropSample(sample, { start: [0, 0, 0], size: sample.size });
  assert.deepEqual(whole, sample);
  whole.images.fill(9);
  assert.deepEqual(sample, goldenSample());
});

test('resizing a crop equals the authors’ calls of skimage', () => {
  const sample = goldenSample();
  for (const { size, images, regions } of golden.rescale) {
    const resized = resizeSample(sample, size);
    assert.deepEqual(resized.size, size);
    assert.ok(worstDifference(resized.images, images) < 1e-6);
    assert.equal(resized.regions.join(''), regions);
  }
  assert.equal(resizeSample(sample, sample.size), sample);
  assert.deepEqual(sample, goldenSample());
});

test('a drawn crop has the requested size, and is the same for the same stream', () => {
  const sample = goldenSample();
  const options = { ...PAPER_CROP, size: [4, 5, 6] as const, rescaleProbability: 1 };
  for (let seed = 0; seed < 20; seed++) {
    const crop = drawCrop(sample, options, randomStream(seed, 'crop'));
    assert.deepEqual([crop.size, crop.images.length, crop.regions.length], [[4, 5, 6], 480, 360]);
    assert.deepEqual(drawCrop(sample, options, randomStream(seed, 'crop')), crop);
    assert.ok(crop.regions.every((value) => value === 0 || value === 1));
  }
  assert.deepEqual(sample, goldenSample());
});

test('invalid options are errors that name them', () => {
  const cases: [Partial<CropOptions>, string][] = [
    [{ size: [80, 160, 0] }, 'crop.size'],
    [{ rescaleProbability: -0.1 }, 'crop.rescaleProbability'],
    [{ rescaleRange: [1.1, 0.9] }, 'crop.rescaleRange'],
    [{ rescaleRange: [0.5, 2] }, 'crop.rescaleRange'],
    [{ classCentredChoices: [] }, 'crop.classCentredChoices'],
    [{ classCentredChoices: ['TC', 'tumour' as 'TC'] }, 'crop.classCentredChoices'],
    [{ margins: [0, 15, 10] }, 'crop.margins'],
  ];
  for (const [options, field] of cases) {
    assert.throws(
      () => drawCropBox(BRATS, { ...PAPER_CROP, ...options }, randomStream(1, 'c')),
      (error) => error instanceof UserError && error.details.field === field,
      field,
    );
  }
});
