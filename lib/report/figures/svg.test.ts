import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
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
import { encodePng } from '../../formats/png';
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
    Buffer.from(data, 'base64'),
  );
  assert.equal(images.length, 2);
  const data = images[0].subarray(images[0].indexOf('IDAT') + 4, images[0].indexOf('IEND') - 8);
  assert.deepEqual([...inflateSync(data)], [0, 0, 0, 0, 255, 255, 255]);
});

test('an overlay is one more image: its labels in their colours, the rest transparent', () => {
  const colours = [
    { label: 4, colour: '#E69F00', name: 'four' },
    { label: 1, colour: '#56B4E9', name: 'one' },
    { label: 2, colour: '#CC79A7', name: 'two' },
  ];
  const overlay = { labels: [1, 0, 2, 4], colours, opacity: 0.4 };
  const svg = figureToSvg(
    imageGridFigure({
      title: 't',
      images: [{ title: 'a<br>b', width: 4, height: 1, pixels: [1, 2, 3, 4], overlay }],
    }),
  );
  assertWellFormed(svg);
  const [plain, labels] = [...svg.matchAll(/<image [^>]*>/g)].map(([image]) => image);
  assert.ok(labels.includes(' opacity="0.4"') && !plain.includes(' opacity='));
  const png = Buffer.from(/base64,([^"]+)"/.exec(labels)?.[1] ?? '', 'base64');
  assert.equal(png[25], 6, 'red, green, blue and opacity');
  const data = inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8));
  assert.equal(data.toString('hex'), '00' + '56b4e9ff' + '00000000' + 'cc79a7ff' + 'e69f00ff');
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

test('the PNG fits its checksums', () => {
  // python3 -c "import zlib; print(hex(zlib.crc32(b'IEND')))" -> 0xae426082
  assert.equal(
    encodePng(1, 1, new Uint8Array([1, 2, 3]))
      .subarray(-4)
      .toString('hex'),
    'ae426082',
  );
});
