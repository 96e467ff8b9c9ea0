/**
 * Output of a notebook. The only file that uses tslab. Outside of a tslab kernel nothing is shown, except that
 * tables and Markdown are printed to the console.
 */
import { randomBytes } from 'node:crypto';
import { figureToPng, isOfPictures } from './figures/png';
import { figureToSvg } from './figures/svg';
import type { Figure } from './figures';
import { escapeHtml, tableToHtml, tableToLatexOutput, tableToMarkdown, type Table } from './tables';
import { encodeWav } from '../formats/wav';

export type MimeBundle = Record<string, unknown>;

interface DisplayData {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

type WriteDisplayData = (data: DisplayData, update: boolean) => void;

/**
 * tslab's public API can't send several mime types in one output, so this takes the function it uses itself.
 * It is found among the loaded modules: a process that isn't a kernel must not load it.
 */
function kernelWriter(): WriteDisplayData | null {
  const file = Object.keys(require.cache).find((name) =>
    /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name),
  );
  const exported = file
    ? (require.cache[file]?.exports as { lastWriteDisplayData?: WriteDisplayData })
    : undefined;
  return exported?.lastWriteDisplayData ?? null;
}

interface ZmqPublisher {
  send: (...parts: unknown[]) => Promise<void>;
  sendTimeout: number;
}

/**
 * Lets the kernel send any number of messages without a pause. Its socket sends at once, but every 513th
 * message later, and refuses those in between: outputs would be lost, and the cell fail, when
 * a long training draws two figures at once. With a timeout of 0 it always sends at once, as a publisher can.
 */
export function steadyKernel(): void {
  const file = Object.keys(require.cache).find((name) =>
    /[\\/]zeromq[\\/]lib[\\/]index\.js$/.test(name),
  );
  const { Publisher } = ((file && require.cache[file]?.exports) ?? {}) as {
    Publisher?: { prototype: ZmqPublisher };
  };
  if (!Publisher || steady.has(Publisher)) return;
  steady.add(Publisher);
  const { send } = Publisher.prototype;
  // The inherited property can't be assigned to.
  Object.defineProperty(Publisher.prototype, 'send', {
    configurable: true,
    value: function (this: ZmqPublisher, ...parts: unknown[]) {
      this.sendTimeout = 0;
      return send.apply(this, parts);
    },
  });
}

const steady = new WeakSet<object>();

interface Slot {
  id: string;
  shown: boolean;
}

function newSlot(): Slot {
  return { id: randomBytes(8).toString('hex'), shown: false };
}

/** Send a bundle; with a slot, the first call makes its output and later calls overwrite it. */
function send(data: MimeBundle, slot?: Slot, metadata: Record<string, unknown> = {}): boolean {
  const write = kernelWriter();
  if (!write) return false;
  write({ data, metadata, transient: slot ? { display_id: slot.id } : {} }, slot?.shown ?? false);
  if (slot) slot.shown = true;
  return true;
}

/** A table as it is shown: HTML, LaTeX for a PDF made by LaTeX, and Markdown as text. */
export function tableBundle(table: Table): MimeBundle {
  return {
    'text/html': tableToHtml(table),
    'text/latex': tableToLatexOutput(table),
    'text/plain': tableToMarkdown(table),
  };
}

/** Show a table. */
export function showTable(table: Table): void {
  const bundle = tableBundle(table);
  if (!send(bundle)) console.log(bundle['text/plain']);
}

/** Show HTML; `plain` is for viewers without HTML. */
export function showHtml(html: string, plain = ''): void {
  send({ 'text/html': html, 'text/plain': plain });
}

/** Show Markdown. @param more content of other types in the same output, for programs */
export function showMarkdown(markdown: string, more: Record<string, unknown> = {}): void {
  const bundle = { ...more, 'text/markdown': markdown, 'text/plain': markdown };
  if (!send(bundle)) console.log(markdown);
}

/** The type of figures for plotly's renderers. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/** The contents of one output, by type, and what is told of some of them. */
export interface FigureBundle {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

/**
 * A figure for every viewer: an object for plotly, a still that needs no script and no other file (PNG for pictures, else SVG), and
 * a line of text.
 * @throws TypeError if `figure` isn't a figure object (a JSON string of one, for instance)
 */
export function figureBundle(figure: Figure): FigureBundle {
  // A JSON string here passes every headless run but leaves the whole notebook blank in JupyterLab.
  if (typeof figure !== 'object' || figure === null || !Array.isArray(figure.data)) {
    throw new TypeError(
      `a figure is an object {data, layout}, not ${typeof figure === 'string' ? 'a string' : 'this'}`,
    );
  }
  const config = { responsive: true, displaylogo: false };
  const plotly = { data: figure.data, layout: figure.layout, config };
  const text = `[figure: ${figure.layout.title?.text ?? 'untitled'}]`;
  const whole = { [PLOTLY_MIME]: plotly, 'text/plain': text };
  if (!isOfPictures(figure))
    return { data: { ...whole, 'image/svg+xml': figureToSvg(figure) }, metadata: {} };
  const { file, width, height } = figureToPng(figure);
  return {
    data: { ...whole, 'image/png': file.toString('base64') },
    metadata: { 'image/png': { width, height } },
  };
}

function sendFigure(figure: Figure, slot?: Slot): void {
  const { data, metadata } = figureBundle(figure);
  send(data, slot, metadata);
}

/**
 * Show a figure: interactive if plotly's renderer is installed, a static image elsewhere.
 * @throws TypeError if `figure` isn't a figure object (a JSON string of one, for instance).
 */
export function showFigure(figure: Figure): void {
  sendFigure(figure);
}

export interface LiveFigure {
  /** Show this state; of several within a second, only the last is shown (and computed, if given as a function). */
  update(figure: Figure | (() => Figure)): void;
  /** Show the last state given, if it isn't shown yet. */
  finish(): void;
}

/** One output that is overwritten in place, at most once in `intervalMs`, such as curves during training. */
export function liveFigure({ intervalMs = 1000 }: { intervalMs?: number } = {}): LiveFigure {
  const slot = newSlot();
  let waiting: Figure | (() => Figure) | null = null;
  let timer: NodeJS.Timeout | null = null;
  let last = -Infinity;
  const flush = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (waiting) {
      sendFigure(typeof waiting === 'function' ? waiting() : waiting, slot);
    }
    waiting = null;
    last = performance.now();
  };
  const update = (figure: Figure | (() => Figure)): void => {
    waiting = figure;
    const rest = last + intervalMs - performance.now();
    if (rest <= 0) flush();
    else if (!timer) {
      timer = setTimeout(flush, rest);
      timer.unref();
    }
  };
  return { update, finish: flush };
}

export interface Progress {
  /** `done` of the total are done; `note` describes the current work. */
  update(done: number, note?: string): void;
  /** Fill the bar and show the time it took. */
  finish(note?: string): void;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A progress bar with the time left, in one output that is overwritten at most four times per second. */
export function progress(label: string, total: number): Progress {
  const slot = newSlot();
  const start = performance.now();
  let last = -Infinity;
  const show = (done: number, note: string): void => {
    const seconds = (performance.now() - start) / 1000;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const left =
      share > 0 && share < 1 ? `, about ${duration((seconds / share) * (1 - share))} left` : '';
    const words = `${label}: ${done} of ${total}, ${duration(seconds)}${left}${note ? ` (${note})` : ''}`;
    const html =
      `<div><progress value="${share}" max="1" style="width:320px;vertical-align:middle"></progress> ` +
      `<span>${escapeHtml(words)}</span></div>`;
    send({ 'text/html': html, 'text/plain': words }, slot, { mckd: 'progress' });
    last = performance.now();
  };
  return {
    update: (done, note = '') => {
      if (performance.now() - last >= 250) show(done, note);
    },
    finish: (note = '') => show(total, note),
  };
}

/**
 * Show a player for mono samples in -1..1; the sound is inside the output. JupyterLab mutes sounds of notebooks
 * that it doesn't trust, so the output says what to do then.
 */
export function showAudio(samples: ArrayLike<number>, sampleRate: number, label: string): void {
  const wav = encodeWav(samples, sampleRate).toString('base64');
  const name = escapeHtml(label);
  showHtml(
    `<figure style="margin:4px 0"><figcaption>${name}</figcaption>` +
      `<audio controls preload="auto" src="data:audio/wav;base64,${wav}"></audio>` +
      '<br><small>no sound? run this cell, or trust the notebook</small></figure>',
    `[sound: ${label}]`,
  );
}
