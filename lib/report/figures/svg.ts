/**
 * A static SVG of a figure, for viewers that don't run plotly: curves, bands, markers, error bars, bars,
 * heat maps, images, axes with ticks, legend, annotations. It covers what lib/report/figures makes, no more.
 */
import { createHash } from 'node:crypto';
import { baseLayout } from './theme';
import {
  axesSvg,
  colourBarSvg,
  INK,
  leftMargin,
  legendSvg,
  linesOf,
  text,
  type Box,
} from './still/frame';
import { makeScale, type Scale } from './still/scale';
import { barSvg, escapeSvg, heatmapSvg, px, scatterSvg, strokeOf } from './still/traces';
import type { Axis, Figure, HeatmapTrace, Layout, Shape, Trace } from './types';

export interface StillOptions {
  /** Pixels; the layout's own width, else 760. */
  width?: number;
}

function axisKey(
  letter: 'x' | 'y',
  reference: string | undefined,
): `xaxis${string}` | `yaxis${string}` {
  return `${letter}axis${(reference ?? letter).slice(1)}`;
}

/** The part of the plot that a pair of axes covers; images keep their aspect ratio within it. */
function subplotBox(plot: Box, xaxis: Axis, yaxis: Axis, traces: readonly Trace[]): Box {
  const [from, to] = xaxis.domain ?? [0, 1];
  const [low, high] = yaxis.domain ?? [0, 1];
  const [width, height] = [plot.right - plot.left, plot.bottom - plot.top];
  const box = {
    left: plot.left + from * width,
    right: plot.left + to * width,
    top: plot.bottom - high * height,
    bottom: plot.bottom - low * height,
  };
  const picture = traces.find((trace): trace is HeatmapTrace => trace.type === 'heatmap');
  if (!yaxis.scaleanchor || !picture) return box;
  const columns = picture.z[0]?.length ?? 1;
  const size = Math.min(
    (box.right - box.left) / columns,
    (box.bottom - box.top) / picture.z.length,
  );
  const [across, down] = [(size * columns) / 2, (size * picture.z.length) / 2];
  const [middle, centre] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return {
    left: middle - across,
    right: middle + across,
    top: centre - down,
    bottom: centre + down,
  };
}

const UNWRITTEN: Axis = { title: { text: '' }, showticklabels: false };

function subplotSvg(traces: readonly Trace[], layout: Layout, plot: Box, clip: string): string {
  const xaxis = layout[axisKey('x', traces[0].xaxis)] ?? {};
  const yaxis = layout[axisKey('y', traces[0].yaxis)] ?? {};
  const box = subplotBox(plot, xaxis, yaxis, traces);
  const x = makeScale(traces, 'x', xaxis, box.left, box.right);
  const y = makeScale(traces, 'y', yaxis, box.bottom, box.top);
  const bars = traces.filter((trace) => trace.type === 'bar');
  const drawn = traces.map((trace, index) => {
    if (trace.type === 'heatmap') return heatmapSvg(trace, x, y);
    if (trace.type === 'bar')
      return barSvg(trace, bars.indexOf(trace), bars.length, layout.bargap ?? 0.2, x, y);
    const before = traces[index - 1];
    return scatterSvg(trace, before?.type === 'scatter' ? before : undefined, index, x, y);
  });
  // An axis that several plots share is written under the one it is anchored to.
  const own = xaxis.anchor === undefined || xaxis.anchor === (traces[0].yaxis ?? 'y');
  const { below, above } = axesSvg(box, x, y, { ...xaxis, ...(own ? {} : UNWRITTEN) }, yaxis);
  const shapesOf = (layer: 'below' | 'above'): string => {
    const own = (layout.shapes ?? []).filter((shape) => (shape.layer ?? 'above') === layer);
    return own.map((shape) => shapeSvg(shape, box, x, y)).join('');
  };
  const area = `<clipPath id="${clip}"><rect x="${px(box.left)}" y="${px(box.top - 6)}" width="${px(box.right - box.left)}" height="${px(box.bottom - box.top + 12)}"/></clipPath>`;
  return `${area}${below}<g clip-path="url(#${clip})">${shapesOf('below')}${drawn.join('')}${shapesOf('above')}</g>${above}`;
}

function shapeSvg(shape: Shape, box: Box, x: Scale, y: Scale): string {
  const across = (value: number): number =>
    shape.xref === 'paper' ? box.left + value * (box.right - box.left) : x.at(value);
  const down = (value: number): number =>
    shape.yref === 'paper' ? box.bottom - value * (box.bottom - box.top) : y.at(value);
  const d = `M${px(across(shape.x0))} ${px(down(shape.y0))}L${px(across(shape.x1))} ${px(down(shape.y1))}`;
  return `<path d="${d}" ${strokeOf(shape.line, INK)}/>`;
}

/** The figure as one SVG document. Pure: the same figure always gives the same text. */
export function figureToSvg(figure: Figure, options: StillOptions = {}): string {
  const layout: Layout = { ...baseLayout(figure.layout.title?.text ?? ''), ...figure.layout };
  const width = options.width ?? layout.width ?? 760;
  const height = layout.height ?? 420;
  const margin = layout.margin ?? {};
  const colourBar = figure.data.find(
    (trace): trace is HeatmapTrace => trace.type === 'heatmap' && trace.showscale === true,
  );
  const plot: Box = {
    left: margin.l ?? 70,
    right: width - (colourBar ? 90 : (margin.r ?? 30)),
    top: margin.t ?? 80,
    bottom: height - (margin.b ?? 60),
  };
  plot.left = leftMargin(figure.data, layout, plot);
  const legend =
    layout.showlegend === false
      ? { svg: '', rows: 0 }
      : legendSvg(figure.data, plot.left, plot.right, 46);
  plot.top = Math.max(plot.top, 46 + legend.rows * 18 - (legend.rows > 0 ? 0 : 46));
  const groups = new Map<string, Trace[]>();
  for (const trace of figure.data) {
    const key = `${trace.xaxis ?? 'x'} ${trace.yaxis ?? 'y'}`;
    groups.set(key, [...(groups.get(key) ?? []), trace]);
  }
  // Several images may be in one page, where equal ids would mix up their clip paths.
  const id = createHash('sha1').update(JSON.stringify(figure)).digest('hex').slice(0, 8);
  const subplots = [...groups.values()].map((traces, index) =>
    subplotSvg(traces, layout, plot, `p${id}-${index}`),
  );
  const notes = (layout.annotations ?? []).map((note) => {
    const left = plot.left + note.x * (plot.right - plot.left);
    const size = note.font?.size ?? 12;
    const at = plot.bottom - note.y * (plot.bottom - plot.top);
    const rise = 4 + (linesOf(note.text).length - 1) * 1.15 * size;
    const top = note.yanchor === 'top' ? at + size : note.yanchor === 'bottom' ? at - rise : at;
    const anchor =
      note.xanchor === 'center' ? 'middle' : note.xanchor === 'right' ? 'end' : 'start';
    return text(note.text, left, top, `text-anchor="${anchor}" font-size="${size}"`);
  });
  const title = layout.title?.text ?? '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" fill="${INK}">`,
    `<title>${escapeSvg(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(title, Math.min(plot.left, 70), 24, 'font-size="16"'),
    legend.svg,
    ...subplots,
    colourBar ? colourBarSvg(colourBar, plot) : '',
    ...notes,
    '</svg>',
  ].join('\n');
}
