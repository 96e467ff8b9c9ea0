/**
 * A static PNG of a figure of pictures, for viewers that don't run plotly. An SVG would do, were it not that some viewers
 * (GitHub's) clean it as HTML, without the pictures in it, and that LaTeX takes no SVG.
 */
import { decodePng, encodePng } from '../../formats/png';
import { linesOf } from './still/frame';
import { belowLegend, notePlace, placesOf, pngOf, subplotPlace, TITLE_TOP } from './still/places';
import { LEGEND_ROW, LEGEND_TOP, legendPlaces } from './still/legend';
import { drawText, textWidth, type Raster } from './still/raster-text';
import { channels } from './still/scale';
import type { Box } from './still/traces';
import type { Figure, ImageTrace, ScatterTrace, Trace } from './types';

const isKey = (trace: Trace): trace is ScatterTrace =>
  trace.type === 'scatter' && trace.y.every((value) => value === null);

/** Whether a figure has nothing but pictures and the keys of their colours. */
export function isOfPictures({ data }: Figure): boolean {
  return (
    data.some(({ type }) => type === 'image') &&
    data.every((trace) => trace.type === 'image' || isKey(trace))
  );
}

export interface StillPng {
  file: Buffer;
  /** As which it is to be shown, in pixels of a page. */
  width: number;
  height: number;
}

/**
 * The still of a figure of which `isOfPictures` holds: a pixel of the file per pixel of the page, since JupyterLab's plotly
 * renderer shows it in its own size. Pure: the same figure always gives the same bytes.
 */
export function figureToPng(figure: Figure): StillPng {
  const { layout, width, height, plot, groups } = placesOf(figure);
  const [across, down] = [Math.round(width), Math.round(height)];
  const raster: Raster = {
    width: across,
    height: down,
    pixels: new Uint8Array(3 * across * down).fill(255),
  };
  const write = (content: string, left: number, top: number, size: number): void =>
    drawText(raster, content, left, top, size);
  write(layout.title?.text ?? '', Math.min(plot.left, 70), TITLE_TOP, 16);
  if (layout.showlegend !== false)
    plot.top = belowLegend(plot, drawKeys(raster, figure.data.filter(isKey), plot));
  for (const traces of groups) {
    const { box } = subplotPlace(traces, layout, plot);
    for (const trace of traces) if (trace.type === 'image') drawPicture(raster, trace, box);
  }
  for (const note of layout.annotations ?? []) {
    const { left, top, size, anchor } = notePlace(note, plot);
    for (const [i, line] of linesOf(note.text).entries()) {
      const wide = textWidth(line, size);
      const start = anchor === 'middle' ? left - wide / 2 : anchor === 'end' ? left - wide : left;
      write(line, start, top + i * 1.15 * size, size);
    }
  }
  return { file: encodePng(across, down, raster.pixels), width, height };
}

/** The keys of the colours from the left edge of the plot on, wrapped before the right; returns how many rows they take. */
function drawKeys(raster: Raster, keys: readonly ScatterTrace[], plot: Box): number {
  const names = keys.map(({ name = '' }) => textWidth(name, 12));
  const { places, rows } = legendPlaces(names, plot.left, plot.right);
  for (const [i, { left, row }] of places.entries()) {
    const { name = '', marker } = keys[i];
    const middle = LEGEND_TOP + row * LEGEND_ROW;
    const square = { left: left + 8, right: left + 20, top: middle - 6, bottom: middle + 6 };
    fill(raster, square, () => channels(marker?.color ?? '#222222'));
    drawText(raster, name, left + 28, middle + 4, 12);
  }
  return rows;
}

function drawPicture(raster: Raster, trace: ImageTrace, box: Box): void {
  const { width, height, pixels } = decodePng(pngOf(trace));
  fill(raster, box, (x, y) => {
    const at = 3 * (Math.floor(y * height) * width + Math.floor(x * width));
    return pixels.subarray(at, at + 3);
  });
}

/** @param colourOf of a place in the box, 0 to 1 across and down */
function fill(
  { width, height, pixels }: Raster,
  box: Box,
  colourOf: (x: number, y: number) => ArrayLike<number>,
): void {
  const [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom].map((side) =>
    Math.round(side),
  );
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y += 1) {
    for (let x = Math.max(0, left); x < Math.min(width, right); x += 1) {
      const colour = colourOf((x + 0.5 - left) / (right - left), (y + 0.5 - top) / (bottom - top));
      pixels.set(colour, 3 * (y * width + x));
    }
  }
}
