import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePng } from '../../formats/png';
import { pngOf } from '../../report/figures/still/places';
import { randomStream } from '../../base/random';
import { buildConfig, trainingSettings } from '../../config';
import type { Sample } from '../../loading/sampling';
import { disposeAll } from '../../nn/parameters';
import type { Figure } from '../../report/figures';
import { tf } from '../../nn/tf';
import { voxelCount } from '../../volume/size';
import { rivalArm } from '../experiments';
import { modelNamed } from '../models';
import {
  mmformerAttentionFigure,
  rfnetRegionsFigure,
  robustsegRebuiltFigure,
  shaspecDistancesFigure,
  uhemisMomentsFigure,
  uhvedGaussiansFigure,
  type RivalLook,
} from './rivals';

const config = buildConfig('smoke');

function lookAt(model: string): RivalLook & { free: () => void } {
  const base = trainingSettings(config.brats);
  const { changes } = rivalArm(model, config, base);
  const width = changes.width ?? base.width;
  const size: [number, number, number] = [32, 32, 32];
  const settings = { ...base, ...(changes as object), width, crop: size };
  const parameters = modelNamed(model).parameters(settings, randomStream(0, 'weights'));
  const noise = randomStream(1, 'crop');
  const count = voxelCount(size);
  const crop: Sample = {
    size,
    images: Float32Array.from({ length: 4 * count }, () => noise.normal()),
    regions: Uint8Array.from({ length: 3 * count }, (_, i) => Number(i % count > count / 2)),
  };
  const network = { parameters };
  return { name: model, title: model, network, crop, free: () => disposeAll(parameters) };
}

/** The figure; nothing may be left of its tensors. */
function unleaked(figureOf: () => Figure): Figure {
  const before = tf.memory().numTensors;
  const figure = figureOf();
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  return figure;
}

/** Every number of its traces. */
const numbersOf = ({ data }: Figure): number[] =>
  data
    .flatMap((trace) =>
      trace.type === 'image'
        ? [[...decodePng(pngOf(trace)).pixels]]
        : [trace.x, trace.y, 'z' in trace ? trace.z : []],
    )
    .flat(2)
    .filter((value): value is number => typeof value === 'number');

const FIGURES = {
  uhemis: uhemisMomentsFigure,
  uhved: uhvedGaussiansFigure,
  robustseg: robustsegRebuiltFigure,
  rfnet: rfnetRegionsFigure,
  mmformer: mmformerAttentionFigure,
} as const;

for (const [model, figureOf] of Object.entries(FIGURES)) {
  test(`${model}: a figure of finite numbers, that leaks nothing`, () => {
    const { free, ...look } = lookAt(model);
    const figure = unleaked(() => figureOf(look));
    const numbers = numbersOf(figure);
    assert.ok(numbers.length > 0 && numbers.every(Number.isFinite));
    free();
  });
}

test('the attention of a scan is shared out', () => {
  const { free, ...look } = lookAt('mmformer');
  const [{ z }] = mmformerAttentionFigure(look).data as { z: number[][] }[];
  assert.equal(z.length, 8);
  for (const row of z) assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
  free();
});

test('densities have an area of 1, and the product of fewer is wider', () => {
  const { free, ...look } = lookAt('uhved');
  const series = uhvedGaussiansFigure(look).data as { name: string; x: number[]; y: number[] }[];
  const peak = (name: string): number => Math.max(...series.find((one) => one.name === name)!.y);
  assert.ok(peak('product of all') > peak('product without T1ce'));
  free();
});

test('distances of shared features, beside those of another network', () => {
  const shaspec = lookAt('shaspec');
  const plain = lookAt('mckd');
  const { free, ...look } = shaspec;
  const figure = unleaked(() => shaspecDistancesFigure({ ...look, plain: plain.network }));
  const numbers = numbersOf(figure);
  assert.equal(numbers.length, 12);
  assert.ok(numbers.every(Number.isFinite) && numbers.some((value) => value > 0));
  free();
  plain.free();
});
