import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureToSvg } from './svg';
import {
  barsFigure,
  confusionFigure,
  curvesFigure,
  imageGridFigure,
  pairedDifferencesFigure,
  pointsFigure,
  waveformFigure,
  type Figure,
} from './index';
import { decodePng } from '../../formats/png';
import { logTicks, roundTicks, scaleColour } from './still/scale';
import { pairedVerdict } from '../../base/statistics';

/** Every tag is closed, and every number is finite. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, close, name, rest] of svg.matchAll(/<(\/?)([A-Za-z]+)([^>]*)>/g)) {
    if (close) assert.equal(open.pop(), name);
    else if (!rest.endsWith('/')) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.ok(!/NaN|undefined|Infinity/.test(svg), 'a number is not finite');
}

const count = (svg: string, pattern: RegExp): number => svg.match(pattern)?.length ?? 0;

test('curves: one path each, the band filled, gaps split', () => {
  const figure = curvesFigure({
    title: 'a <b> & "c"',
    x: { title: 'epoch' },
    y: { title: 'loss' },
    series: [
      { name: 'one', y: [1, 2, null, 4, 5] },
      { name: 'two', y: [1, 2, 3], band: { low: [0, 1, 2], high: [2, 3, 4] } },
    ],
  });
  const svg = figureToSvg(figure);
  assertWellFormed(svg);
  assert.ok(svg.includes('a &lt;b&gt; &amp; &quot;c&quot;'));
  assert.equal(count(svg, /fill="none" stroke="#0072B2"/g), 2);
  assert.equal(count(svg, /fill="rgba\(213,94,0,0.18\)"/g), 1);
  assert.equal(count(svg, /data-series=/g), 2);
  assert.ok(svg.includes('>epoch<') && svg.includes('>loss<'));
  assert.equal(figureToSvg(figure), svg);
});

test('points, bars, paired differences and waveform', () => {
  const groups = ['5 %', '10 %'];
  const series = [{ name: 'a', y: [1, 2], error: [0.5, 0.5] }];
  const points = figureToSvg(
    pointsFigure({ title: 't', x: { title: 'x', groups }, y: { title: 'y' }, series }),
  );
  assertWellFormed(points);
  assert.equal(count(points, /<circle/g), 3); // two points, one in the legend
  const bars = figureToSvg(
    barsFigure({ title: 't', x: { title: 'x', groups }, y: { title: 'y' }, series }),
  );
  assertWellFormed(bars);
  assert.equal(count(bars, /<rect[^>]*fill="#0072B2"/g), 2);
  const rows = [{ label: 'r', differences: [1, 2], verdict: pairedVerdict([1, 2], [0, 0]) }];
  const paired = figureToSvg(pairedDifferencesFigure({ title: 't', x: 'd', rows }));
  assertWellFormed(paired);
  assert.ok(paired.includes('stroke-dasharray'));
  assertWellFormed(
    figureToSvg(waveformFigure({ title: 't', samples: [0, 1, 0, -1], sampleRate: 8000 })),
  );
});

test('a bar stands on zero and a taller bar is taller', () => {
  const figure = barsFigure({
    title: 't',
    x: { title: 'x', groups: ['a', 'b'] },
    y: { title: 'y', range: [0, 4] },
    series: [{ name: 's', y: [1, 2] }],
  });
  const heights = [...figureToSvg(figure).matchAll(/height="([\d.]+)" fill="#0072B2"/g)].map(
    ([, height]) => Number(height),
  );
  assert.equal(heights.length, 2);
  assert.ok(Math.abs(heights[1] - 2 * heights[0]) < 0.02);
});

test('heat maps: one cell and number each; image grids are one image with the right pixels', () => {
  const svg = figureToSvg(
    confusionFigure({
      title: 't',
      labels: ['0', '1'],
      counts: [
        [7, 1],
        [0, 9],
      ],
    }),
  );
  assertWellFormed(svg);
  assert.equal(count(svg, /text-anchor="middle" font-size="12" fill="/g), 4);
  const grid = figureToSvg(
    imageGridFigure({
      title: 't',
      images: [
        { width: 2, height: 1, pixels: [0, 1] },
        { width: 1, height: 1, pixels: [3] },
      ],
    }),
  );
  assertWellFormed(grid);
  const images = [...grid.matchAll(/base64,([^"]+)"/g)].map(([, data]) =>
    decodePng(Buffer.from(data, 'base64')),
  );
  assert.deepEqual(
    images.map(({ pixels }) => [...pixels]),
    [
      [0, 0, 0, 255, 255, 255],
      [0, 0, 0],
    ],
  );
});

test('a clip path whose tag a viewer drops leaves nothing to see', () => {
  const series = [{ name: 'a', y: [1, 2] }];
  const svg = figureToSvg(
    curvesFigure({ title: 't', x: { title: 'x' }, y: { title: 'y' }, series }),
  );
  const inside = [...svg.matchAll(/<clipPath [^>]*>(.*?)<\/clipPath>/g)].map(([, part]) => part);
  assert.equal(inside.length, 1);
  assert.match(inside[0], /fill="none"/);
});

test('an overlay is mixed into its image, and its colours are named', () => {
  const colours = [
    { label: 4, colour: '#E69F00', name: 'four' },
    { label: 1, colour: '#56B4E9', name: 'one' },
    { label: 2, colour: '#CC79A7', name: 'two' },
  ];
  const overlay = { labels: [1, 0, 2, 4], colours, opacity: 0.4 };
  const svg = figureToSvg(
    imageGridFigure({
      title: 't',
      images: [{ title: 'a<br>b', width: 4, height: 1, pixels: [0, 1, 2, 3], overlay }],
    }),
  );
  assertWellFormed(svg);
  const png = Buffer.from(/base64,([^"]+)"/.exec(svg)?.[1] ?? '', 'base64');
  // 0.4 x the label's colour + 0.6 x the image's grey, of which there are 48: 0, 87 (16 / 47), 168 (31 / 47), 255.
  assert.deepEqual(
    [...decodePng(png).pixels],
    [
      [0x56, 0xb4, 0xe9].map((c) => Math.round(0.4 * c)),
      [87, 87, 87],
      [0xcc, 0x79, 0xa7].map((c) => Math.round(0.4 * c + 0.6 * 168)),
      [0xe6, 0x9f, 0].map((c) => Math.round(0.4 * c + 0.6 * 255)),
    ].flat(),
  );
  assert.equal(count(svg, /<tspan/g), 2);
  for (const { name, colour } of colours) {
    assert.ok(svg.includes(`>${name}<`));
    assert.ok(new RegExp(`<rect[^>]*fill="${colour}"`).test(svg));
  }
});

test('bars of a logarithmic axis start at its end', () => {
  const figure = barsFigure({
    title: 't',
    x: { title: 'x', groups: ['a', 'b'] },
    y: { title: 'y', type: 'log', range: [-1, 1] },
    series: [{ name: 's', y: [1, 10] }],
  });
  const svg = figureToSvg(figure);
  assertWellFormed(svg);
  const heights = [...svg.matchAll(/height="([\d.]+)" fill="#0072B2"/g)].map(([, h]) => Number(h));
  assert.ok(Math.abs(heights[1] - 2 * heights[0]) < 0.02);
});

test('images in one page have distinct ids', () => {
  const figure = (y: number[]): Figure =>
    curvesFigure({ title: 't', x: { title: 'x' }, y: { title: 'y' }, series: [{ name: 'a', y }] });
  const id = (svg: string): string | undefined => /clipPath id="([^"]+)"/.exec(svg)?.[1];
  assert.notEqual(id(figureToSvg(figure([1, 2]))), id(figureToSvg(figure([1, 3]))));
});

test('empty figures are drawn without an error', () => {
  const empty = { title: 't', x: { title: 'x' }, y: { title: 'y' } };
  assertWellFormed(figureToSvg(curvesFigure({ ...empty, series: [] })));
  assertWellFormed(figureToSvg(curvesFigure({ ...empty, series: [{ name: 'a', y: [] }] })));
  assertWellFormed(figureToSvg(curvesFigure({ ...empty, series: [{ name: 'a', y: [2, 2] }] })));
});

test('ticks are round and inside, colours follow the scale', () => {
  assert.deepEqual(roundTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(roundTicks(92.1, 98.3, 4), [94, 96, 98]);
  assert.deepEqual(roundTicks(5, 5, 4), [5]);
  assert.deepEqual(logTicks(-1, 1, 6), [0.1, 0.2, 0.5, 1, 2, 5, 10]);
  assert.deepEqual(logTicks(-1, 1, 4), [0.1, 0.3, 1, 3, 10]);
  assert.deepEqual(logTicks(-6, 0, 3), [0.000001, 0.0001, 0.01, 1]);
  assert.equal(
    scaleColour(
      [
        [0, '#000000'],
        [1, '#ffffff'],
      ],
      0.5,
    ),
    '#808080',
  );
  assert.equal(
    scaleColour(
      [
        [0, '#000000'],
        [0.5, '#ff0000'],
        [1, '#ffffff'],
      ],
      0.5,
    ),
    '#ff0000',
  );
});
