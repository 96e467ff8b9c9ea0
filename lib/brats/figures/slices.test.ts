import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABELS, labelsOfRegions, regionMasks } from '../../datasets/brats';
import type { PreparedCase } from '../../loading/sampling';
import type { Size3 } from '../../volume/size';
import { figureToSvg } from '../../report/figures/svg';
import type { Figure } from '../../report/figures';
import { decodePng } from '../../formats/png';
import { pngOf } from '../../report/figures/still/places';
import { MODALITY_SUBSETS } from '../../base/modality';
import { segmentationParameters } from '../../models/segmentation';
import { disposeAll } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { filled } from '../../checks/parity/filling';
import { mckdModel } from '../models';
import { randomStream } from '../../base/random';
import { predictSubsets, scoreCase } from '../evaluate';
import { caseFigure, cropsFigure, slicesFigure } from './slices';
import { subsetGridFigure } from './subset-grid';
import { tumourSlice, viewSlice } from './view';

/** [Z, X, Y] */
const SIZE: Size3 = [3, 6, 8];
const PLANE = 48;

/**
 * A head over x 1..4, y 2..6 of every slice, brighter with y; oedema and a voxel of enhancing tumour in
 * slice 2, less oedema in slice 1.
 */
function madeCase(): PreparedCase {
  const images = new Float32Array(4 * 3 * PLANE);
  const labels = new Uint8Array(3 * PLANE);
  for (let i = 0; i < images.length; i++) {
    const [x, y] = [Math.floor(i / 8) % 6, i % 8];
    if (x >= 1 && x <= 4 && y >= 2 && y <= 6) images[i] = y - 4 + x / 100 + 0.001;
  }
  const at = (z: number, x: number, y: number): number => z * PLANE + x * 8 + y;
  labels[at(1, 2, 3)] = LABELS.oedema;
  for (const y of [3, 4]) labels[at(2, 2, y)] = LABELS.oedema;
  labels[at(2, 4, 6)] = LABELS.enhancing;
  return { name: 'made', size: SIZE, images, regions: regionMasks(labels) };
}

/** Each picture of a figure as rows of `[red, green, blue]`. */
const picturesOf = (figure: Figure): number[][][][] =>
  figure.data.flatMap((trace) => {
    if (trace.type !== 'image') return [];
    const { width, height, pixels } = decodePng(pngOf(trace));
    return [
      Array.from({ length: height }, (_, row) =>
        Array.from({ length: width }, (__, x) => [
          ...pixels.subarray(3 * (row * width + x), 3 * (row * width + x + 1)),
        ]),
      ),
    ];
  });

/** Whether a pixel has a colour, and which is its strongest channel. */
const tintOf = ([red, green, blue]: number[]): string =>
  red === green && green === blue ? '.' : red > blue ? 'r' : 'b';

/** The number of images in the SVG; checks that its numbers are finite. */
function imagesOf(figure: Figure): number {
  const svg = figureToSvg(figure);
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
  return svg.match(/<image /g)?.length ?? 0;
}

test('the slice with most tumour; the middle one without tumour', () => {
  const { regions } = madeCase();
  assert.equal(tumourSlice(regions, SIZE), 2);
  assert.equal(tumourSlice(new Uint8Array(regions.length), SIZE), 1);
});

test('a view is cropped to the head, its rows run from front to back', () => {
  const prepared = madeCase();
  const view = viewSlice(prepared, 2, 100);
  assert.deepEqual([view.width, view.height], [4, 5]);
  // Pixel (row 1, column 3) is x = 1 + 3, y = 2 + 1.
  assert.equal(view.voxels[1 * 4 + 3], 2 * PLANE + 4 * 8 + 3);
  const small = viewSlice(prepared, 2, 3);
  assert.deepEqual([small.width, small.height], [2, 3]);
  const empty = { size: SIZE, images: new Float32Array(4 * 3 * PLANE) };
  assert.deepEqual([viewSlice(empty, 0, 9).width, viewSlice(empty, 0, 9).height], [6, 8]);
  for (const slice of [-1, 3, 0.5]) {
    assert.throws(() => viewSlice(prepared, slice, 9), { code: 'BAD_VALUE' });
  }
});

test('four scans without and with the tumour overlay, in its position and colour', () => {
  const figure = slicesFigure({ title: 't', prepared: madeCase() });
  const pictures = picturesOf(figure);
  assert.equal(pictures.length, 8);
  assert.equal(imagesOf(figure), 8);
  const [scan] = pictures;
  assert.ok(scan[4][0][0] > scan[0][0][0], 'brighter towards the back');
  // Oedema is blue, enhancing tumour orange.
  assert.deepEqual(
    pictures[4].map((row) => row.map(tintOf).join('')),
    ['....', '.b..', '.b..', '....', '...r'],
  );
  assert.deepEqual(scan.flat().map(tintOf).join('').replaceAll('.', ''), '');
  const names = figure.data.flatMap((trace) => (trace.type === 'scatter' ? [trace.name] : []));
  assert.deepEqual(names, ['enhancing tumour', 'necrotic and non-enhancing core', 'oedema']);
  const svg = figureToSvg(figure);
  for (const name of names) assert.ok(svg.includes(`>${name}<`));
  assert.match(svg, />t, slice 2</);
});

test('crops side by side: FLAIR in the first row, T1ce in the second', () => {
  const crop = madeCase();
  const crops = [
    { name: 'one', crop },
    { name: 'two', crop: { ...crop, regions: new Uint8Array(crop.regions.length) } },
  ];
  const figure = cropsFigure({ title: 't', crops });
  assert.deepEqual(
    figure.layout.annotations?.map(({ text }) => text),
    ['one, FLAIR', 'two, FLAIR', 'one, T1ce', 'two, T1ce'],
  );
  const tints = picturesOf(figure).map((rows) =>
    rows.flat().map(tintOf).join('').replaceAll('.', ''),
  );
  assert.deepEqual(tints, ['bbr', '', 'bbr', '']);
});

test('ground truth beside predictions, with their Dice over the whole case', () => {
  const prepared = madeCase();
  const truth = labelsOfRegions(prepared.regions);
  const none = new Uint8Array(truth.length);
  const predictions = [
    { name: 'exact', labels: truth },
    { name: 'nothing', labels: none },
  ];
  const figure = caseFigure({ title: 't', prepared, predictions, background: 'flair' });
  assert.deepEqual(
    figure.layout.annotations?.map(({ text }) => text),
    ['FLAIR', 'ground truth', 'exact<br>WT 100, TC 100, ET 100', 'nothing<br>WT 0, TC 0, ET 0'],
  );
  assert.equal(imagesOf(figure), 4);
  assert.match(figureToSvg(figure), /<tspan[^>]*>exact<\/tspan><tspan[^>]*>WT 100/);

  const untold = { ...prepared, regions: new Uint8Array(prepared.regions.length) };
  const plain = caseFigure({ title: 't', prepared: untold, predictions });
  assert.deepEqual(
    plain.layout.annotations?.map(({ text }) => text),
    ['T1ce', 'exact', 'nothing'],
  );
  assert.match(plain.layout.title?.text ?? '', /slice 2$/);
  const short = [{ name: 'short', labels: none.subarray(1) }];
  assert.throws(() => caseFigure({ title: 't', prepared, predictions: short }), {
    code: 'MISMATCH',
  });
});

test('the grid: one image per subset in printed order, the ground truth last', () => {
  const prepared = madeCase();
  const truth = labelsOfRegions(prepared.regions);
  const predictions = MODALITY_SUBSETS.map((_, s) => (s === 14 ? truth : truth.map(() => 0)));
  const figure = subsetGridFigure({ title: 't', prepared, predictions });
  const pictures = picturesOf(figure);
  assert.equal(pictures.length, 16);
  assert.equal(imagesOf(figure), 16);
  const texts = figure.layout.annotations?.map(({ text }) => text) ?? [];
  assert.deepEqual(
    [texts[0], texts[7], texts[14], texts[15]],
    ['F: 0', 'T1 + T1c: 0', 'F + T1 + T1c + T2: 100', 'ground truth'],
  );
  assert.deepEqual(pictures[14], pictures[15]);
  assert.notDeepEqual(pictures[0], pictures[15]);
  assert.throws(
    () => subsetGridFigure({ title: 't', prepared, predictions: [truth] }),
    /1 label maps for 15 subsets; make them with predictSubsets/,
  );
});

test('predictions of the subsets are those that are scored', async () => {
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'pictures'));
  const size: Size3 = [32, 32, 32];
  const images = filled('images', 4 * 32 ** 3, -1, 1);
  const tensors = tf.memory().numTensors;
  const predictions = predictSubsets({ model: mckdModel, parameters }, { size, images }, size);
  assert.equal(predictions.length, 15);
  assert.ok(new Set(predictions[0]).size > 1, 'nothing was segmented');
  const regions = regionMasks(predictions[6]);
  const { dice, hd95 } = await scoreCase(
    { model: mckdModel, parameters },
    { name: 'x', size, images, regions },
    { tile: size, voxelSize: [1, 2, 3] },
  );
  assert.deepEqual(dice[6], [1, 1, 1]);
  assert.deepEqual(hd95?.[6], [0, 0, 0]);
  assert.ok(dice[0].some((value) => value < 1));
  assert.equal(tf.memory().numTensors, tensors, 'tensors leaked');
  disposeAll(parameters);
});
