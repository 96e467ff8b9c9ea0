import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePng } from '../../formats/png';
import { curvesFigure, imageGridFigure, type Figure } from './index';
import { figureToPng, isOfPictures } from './png';

const KEY = { label: 1, colour: '#E69F00', name: 'tumour' };

function grid(title: string): Figure {
  const picture = { title: 'a<br>b', width: 2, height: 2, pixels: [0, 0, 0, 255], range: [0, 255] };
  const overlay = { labels: [0, 1, 0, 0], colours: [KEY] };
  return imageGridFigure({ title, images: [{ ...picture, range: [0, 255], overlay }] });
}

interface Seen {
  width: number;
  height: number;
  /** Pixels of each colour, by `r,g,b`. */
  colours: Map<string, number>;
  /** Pixels that are not white, of the rows between two shares of the height. */
  drawn(from: number, to: number): number;
}

function see(figure: Figure): Seen {
  const still = figureToPng(figure);
  const { width, height, pixels } = decodePng(still.file);
  assert.deepEqual([width, height], [still.width, still.height]);
  const colours = new Map<string, number>();
  for (let i = 0; i < pixels.length; i += 3) {
    const colour = pixels.subarray(i, i + 3).join();
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  const drawn = (from: number, to: number): number => {
    const rows = pixels.subarray(
      3 * width * Math.round(from * height),
      3 * width * Math.round(to * height),
    );
    return rows.filter((value) => value !== 255).length;
  };
  return { width, height, colours, drawn };
}

test('pictures, the keys of their colours and all texts are drawn', () => {
  const { colours, drawn, height } = see(grid('A title'));
  // 12 x 12 pixels of the key, and a fourth of the picture in the mixed colour.
  assert.equal(colours.get('230,159,0'), 12 * 12);
  const mixed = colours.get([230, 159, 0].map((c) => Math.round(0.55 * c)).join()) ?? 0;
  const black = colours.get('0,0,0') ?? 0;
  assert.ok(mixed > 1000 && Math.abs(black / mixed - 2) < 0.1);
  assert.ok(drawn(0, 25 / height) > 0, 'the title');
  assert.ok(drawn(0, 25 / height) > 2 * see(grid('A')).drawn(0, 25 / height), 'all of the title');
});

test('the same figure gives the same bytes; unknown characters are boxes, and long titles are cut', () => {
  assert.deepEqual(figureToPng(grid('x')).file, figureToPng(grid('x')).file);
  assert.deepEqual(figureToPng(grid('病')).file, figureToPng(grid('□')).file);
  assert.notDeepEqual(figureToPng(grid('é')).file, figureToPng(grid('□')).file);
  assert.ok(figureToPng(grid('long '.repeat(200))).file.length > 0);
});

test('only figures of pictures are drawn so', () => {
  const curves = curvesFigure({
    title: 't',
    x: { title: 'x' },
    y: { title: 'y' },
    series: [{ name: 'a', y: [1] }],
  });
  assert.deepEqual([isOfPictures(grid('t')), isOfPictures(curves)], [true, false]);
  assert.equal(isOfPictures({ ...curves, data: [...curves.data, ...grid('t').data] }), false);
});
