import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { curvesFigure, imageGridFigure, type Figure } from './figures';
import type { ScatterTrace } from './figures/types';
import { pngSize } from '../formats/png';
import { liveFigure, progress, showAudio, showFigure, showHtml, showTable } from './display';
import { encodeWav } from '../formats/wav';

interface Sent {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
  update: boolean;
}

// A mock of the kernel's own module, under the name by which display.ts finds it.
const KERNEL = '/kernel/node_modules/tslab/dist/jupyter.js';
let sent: Sent[] = [];

beforeEach(() => {
  sent = [];
  const write = (message: Omit<Sent, 'update'>, update: boolean): void =>
    void sent.push({ ...message, update });
  require.cache[KERNEL] = { exports: { lastWriteDisplayData: write } } as unknown as NodeModule;
});
afterEach(() => {
  delete require.cache[KERNEL];
});

function curve(y: number[]): Figure {
  return curvesFigure({
    title: 'live',
    x: { title: 'x' },
    y: { title: 'y' },
    series: [{ name: 'a', y }],
  });
}

const yOf = (plot: unknown): unknown => ((plot as Figure).data[0] as ScatterTrace).y;

test('a figure is one output: an object for plotly, a static image, a line of text', () => {
  showFigure(curve([1, 2]));
  assert.equal(sent.length, 1);
  const { data } = sent[0];
  assert.equal(typeof data['application/vnd.plotly.v1+json'], 'object');
  assert.match(String(data['image/svg+xml']), /^<svg /);
  assert.equal(data['text/plain'], '[figure: live]');
  assert.equal(sent[0].update, false);
});

test('a figure of pictures has a PNG of the size that it is shown in', () => {
  showFigure(imageGridFigure({ title: 'grid', images: [{ width: 2, height: 1, pixels: [0, 1] }] }));
  const [{ data, metadata }] = sent;
  assert.deepEqual(Object.keys(data).sort(), [
    'application/vnd.plotly.v1+json',
    'image/png',
    'text/plain',
  ]);
  const { width, height } = pngSize(Buffer.from(String(data['image/png']), 'base64'));
  assert.deepEqual(metadata, { 'image/png': { width, height } });
});

test('a JSON string instead of a figure is refused', () => {
  const text = JSON.stringify(curve([1])) as unknown as Figure;
  assert.throws(() => showFigure(text), /a figure is an object \{data, layout\}, not a string/);
  assert.throws(() => liveFigure().update(text), /not a string/);
  assert.equal(sent.length, 0);
});

test('a live figure overwrites one output, shows the first and the last state, and few in between', async () => {
  const live = liveFigure({ intervalMs: 40 });
  for (let step = 1; step <= 30; step += 1) live.update(curve([step]));
  live.finish();
  assert.equal(sent.length, 2);
  assert.deepEqual(
    sent.map(({ update }) => update),
    [false, true],
  );
  assert.equal(sent[0].transient.display_id, sent[1].transient.display_id);
  const shown = sent.map(({ data }) => yOf(data['application/vnd.plotly.v1+json']));
  assert.deepEqual(shown, [[1], [30]]);
  live.update(curve([31]));
  live.update(curve([32]));
  await new Promise((done) => setTimeout(done, 120));
  const last = sent.at(-1)?.data['application/vnd.plotly.v1+json'];
  assert.deepEqual(yOf(last), [32], 'a pending state is shown without finish()');
});

test('a live figure is computed only when it is shown', () => {
  const live = liveFigure({ intervalMs: 10_000 });
  let made = 0;
  for (let step = 1; step <= 30; step += 1) {
    live.update(() => {
      made += 1;
      return curve([step]);
    });
  }
  live.finish();
  assert.deepEqual([made, sent.length], [2, 2]);
  assert.deepEqual(yOf(sent[1].data['application/vnd.plotly.v1+json']), [30]);
});

test('a progress bar overwrites one output and ends full', () => {
  const bar = progress('training <a>', 4);
  bar.update(1, 'epoch 1');
  bar.update(2);
  bar.finish();
  assert.equal(sent.length, 2, 'the second update came too soon to be shown');
  assert.equal(sent[0].metadata.mckd, 'progress');
  assert.match(String(sent[0].data['text/plain']), /^training <a>: 1 of 4.*\(epoch 1\)$/);
  assert.match(String(sent[0].data['text/html']), /training &lt;a&gt;/);
  assert.match(String(sent[1].data['text/plain']), /: 4 of 4/);
  assert.ok(sent[1].update);
});

test('a sound is inside its output', () => {
  showAudio([0, 0.5, -2], 8000, 'seven');
  const base64 = /base64,([^"]+)"/.exec(String(sent[0].data['text/html']))?.[1] ?? '';
  const wav = Buffer.from(base64, 'base64');
  assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
  assert.equal(wav.readUInt32LE(24), 8000);
  assert.equal(wav.readUInt32LE(40), 6);
  assert.deepEqual(
    [0, 1, 2].map((index) => wav.readInt16LE(44 + 2 * index)),
    [0, 16384, -32768],
  );
  assert.equal(encodeWav([], 8000).length, 44);
});

test('outside of a kernel nothing is sent and nothing fails', () => {
  delete require.cache[KERNEL];
  showFigure(curve([1]));
  showHtml('<b>x</b>');
  progress('p', 1).finish();
  const lines: unknown[] = [];
  const log = console.log;
  console.log = (line: unknown) => void lines.push(line);
  try {
    showTable({ name: 't', title: 'A title', caption: '', columns: [], rows: [] });
  } finally {
    console.log = log;
  }
  assert.match(String(lines[0]), /A title/);
});
