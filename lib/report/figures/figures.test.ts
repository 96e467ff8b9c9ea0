import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Data, Layout as PlotlyLayout } from 'plotly.js';
import {
  barsFigure,
  confusionFigure,
  curvesFigure,
  heatmapFigure,
  imageGridFigure,
  pairedDifferencesFigure,
  pointsFigure,
  waveformFigure,
  type Figure,
} from './index';
import { decodePng } from '../../formats/png';
import { pngOf } from './still/places';
import type { BarTrace, HeatmapTrace, ImageTrace, ScatterTrace } from './types';

/** Compiles only if our figure types are assignable to plotly's. */
function asPlotly(figure: Figure): { data: Data[]; layout: Partial<PlotlyLayout> } {
  // plotly accepts rows of texts for a heat map, but its types don't.
  const data = figure.data.map((trace) =>
    trace.type === 'heatmap' ? { ...trace, text: undefined } : trace,
  );
  return { data, layout: figure.layout };
}

test('curves: x counts from 1, a band is two edges under its curve', () => {
  const figure = curvesFigure({
    title: 'loss',
    x: { title: 'epoch' },
    y: { title: 'loss', type: 'log' },
    series: [
      { name: 'a', y: [3, 2, null] },
      { name: 'b', y: [1, 2], band: { low: [0, 1], high: [2, 3] } },
    ],
  });
  assert.equal(figure.data.length, 4);
  assert.deepEqual((figure.data[0] as ScatterTrace).x, [1, 2, 3]);
  assert.equal((figure.data[2] as ScatterTrace).fill, 'tonexty');
  assert.equal(figure.data[1].showlegend, false);
  assert.equal(figure.layout.yaxis?.type, 'log');
  assert.equal(asPlotly(figure).data.length, 4);
});

test('points: the series of a group are side by side around it', () => {
  const figure = pointsFigure({
    title: 't',
    x: { title: 'rate', groups: ['5 %', '10 %'] },
    y: { title: 'accuracy (%)' },
    series: [
      { name: 'a', y: [1, 2], error: [0.1, 0.2] },
      { name: 'b', y: [1, null] },
    ],
    references: [{ name: 'bound', y: 9 }],
  });
  const [bound, a, b] = figure.data as ScatterTrace[];
  assert.deepEqual(bound.y, [9, 9]);
  assert.deepEqual(a.x, [-0.075, 0.925]);
  assert.deepEqual(b.x, [0.075, 1.075]);
  assert.deepEqual(a.error_y?.array, [0.1, 0.2]);
  assert.deepEqual(figure.layout.xaxis?.ticktext, ['5 %', '10 %']);
});

test('bars keep a given colour', () => {
  const figure = barsFigure({
    title: 't',
    x: { title: 'm', groups: ['image'] },
    y: { title: 'w' },
    series: [{ name: 'a', y: [0.4], colour: 2 }],
  });
  assert.deepEqual((figure.data[0] as BarTrace).marker, { color: '#009E73' });
});

test('paired differences: interval around the mean, none for a single seed', () => {
  const oneSeed = { kind: 'untested', difference: 4, why: 'one seed' } as const;
  const figure = pairedDifferencesFigure({
    title: 't',
    x: 'difference (points)',
    rows: [
      {
        label: '5 %',
        differences: [1, 3],
        verdict: { kind: 'open', difference: 2, interval: [-1, 5] },
      },
      { label: '10 %', differences: [4], verdict: oneSeed },
    ],
  });
  const means = figure.data[1] as ScatterTrace;
  assert.deepEqual(means.error_x?.array, [3, 0]);
  assert.deepEqual(means.error_x?.arrayminus, [3, 0]);
  assert.deepEqual((figure.data[0] as ScatterTrace).x, [1, 3, 4]);
  assert.ok((means.y[0] ?? 0) > (means.y[1] ?? 0), 'the first row is on top');
  assert.equal(means.name, 'mean and 95 % interval');
  const rows = [{ label: '10 %', differences: [4], verdict: oneSeed }];
  const [, untested] = pairedDifferencesFigure({ title: 't', x: 'd', rows }).data;
  assert.equal(untested.name, 'mean');
});

test('waveform: long recordings keep their extremes', () => {
  const samples = new Float32Array(10000);
  samples[5001] = 0.9;
  samples[5002] = -0.8;
  const { y } = waveformFigure({ title: 't', samples, sampleRate: 8000 }).data[0] as ScatterTrace;
  assert.ok(y.length <= 1202);
  assert.ok(Math.abs(Math.max(...(y as number[])) - 0.9) < 1e-6);
  assert.ok(Math.abs(Math.min(...(y as number[])) + 0.8) < 1e-6);
  assert.equal(
    (waveformFigure({ title: 't', samples: [1, 2], sampleRate: 2 }).data[0] as ScatterTrace).y
      .length,
    2,
  );
});

test('heat map and confusion matrix print their numbers', () => {
  const map = heatmapFigure({
    title: 't',
    x: { title: 'x', labels: ['a', 'b'] },
    y: { title: 'y', labels: ['c'] },
    values: [[0.125, null]],
    digits: 2,
  });
  assert.deepEqual((map.data[0] as HeatmapTrace).text, [['0.13', '']]);
  const confusion = confusionFigure({
    title: 't',
    labels: ['0', '1'],
    counts: [
      [4, 1],
      [0, 5],
    ],
  });
  assert.deepEqual((confusion.data[0] as HeatmapTrace).text?.[0], ['4', '1']);
  assert.equal(confusion.layout.yaxis?.autorange, 'reversed');
});

test('image grid: one pair of axes per image, inside the page, not overlapping', () => {
  const image = (title: string) => ({ title, width: 2, height: 3, pixels: [1, 2, 3, 4, 5, 6] });
  const figure = imageGridFigure({ title: 't', columns: 2, images: ['a', 'b', 'c'].map(image) });
  const { width, height, pixels } = decodePng(pngOf(figure.data[0] as ImageTrace));
  assert.deepEqual([width, height], [2, 3]);
  // 48 greys from the lowest to the highest value.
  assert.deepEqual(
    [...pixels].filter((_, i) => i % 3 === 0),
    [0, 1, 2, 3, 4, 5].map((v) => Math.round((255 * Math.round((47 * v) / 5)) / 47)),
  );
  assert.deepEqual(
    figure.data.map((trace) => trace.xaxis),
    ['x', 'x2', 'x3'],
  );
  const { layout } = figure;
  assert.ok((layout.xaxis?.domain?.[1] ?? 1) < (layout.xaxis2?.domain?.[0] ?? 0));
  assert.ok((layout.yaxis3?.domain?.[1] ?? 1) < (layout.yaxis?.domain?.[0] ?? 0));
  assert.ok((layout.yaxis3?.domain?.[0] ?? -1) >= 0);
  assert.equal(layout.annotations?.length, 3);
});

test('an overlay changes the picture where it has a label, and is named in the legend', () => {
  const colours = [
    { label: 4, colour: '#E69F00', name: 'four' },
    { label: 1, colour: '#56B4E9', name: 'one' },
  ];
  const picture = { width: 2, height: 1, pixels: [7, 9] };
  const images = [picture, { ...picture, overlay: { labels: [1, 0], colours } }];
  const figure = imageGridFigure({ title: 't', images });
  const [plain, labelled] = figure.data
    .slice(0, 2)
    .map((trace) => [...decodePng(pngOf(trace as ImageTrace)).pixels]);
  assert.notDeepEqual(plain.slice(0, 3), labelled.slice(0, 3));
  assert.deepEqual(plain.slice(3), labelled.slice(3));
  const key = figure.data[2] as ScatterTrace;
  assert.deepEqual([key.name, key.x, key.showlegend], ['four', [null], true]);
  assert.equal(figure.data.length, 4);
  assert.equal(figure.layout.showlegend, true);
  assert.equal(asPlotly(figure).data.length, 4);
  const clear = { ...picture, overlay: { labels: [0, 0], colours } };
  const [unchanged] = imageGridFigure({ title: 't', images: [clear] }).data;
  assert.deepEqual([...decodePng(pngOf(unchanged as ImageTrace)).pixels], plain);
  const wrong = { ...picture, overlay: { labels: [1], colours } };
  assert.throws(() => imageGridFigure({ title: 't', images: [wrong] }), { code: 'MISMATCH' });
});

test('figures survive JSON unchanged', () => {
  const figure = curvesFigure({
    title: 't',
    x: { title: 'x' },
    y: { title: 'y' },
    series: [{ name: 'a', y: [1] }],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(figure)), figure);
});
