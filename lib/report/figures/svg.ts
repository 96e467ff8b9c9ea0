/**
 * A static SVG of a figure, for viewers that don't run plotly: curves, bands, markers, error bars, bars,
 * heat maps, images, axes with ticks, legend, annotations. It covers what lib/report/figures makes, no more.
 */
import { canonicalSha256 } from '../../base/canonical';
import { axesSvg, colourBarSvg, INK, leftMargin, legendSvg, text } from './still/frame';
import { belowLegend, notePlace, placesOf, subplotPlace, TITLE_TOP } from './still/places';
import { LEGEND_TOP } from './still/legend';
import { makeScale, type Scale } from './still/scale';
import {
  barSvg,
  escapeSvg,
  heatmapSvg,
  imageSvg,
  px,
  scatterSvg,
  strokeOf,
  type Box,
} from './still/traces';
import type { Axis, Figure, Layout, Shape, Trace } from './types';

export interface StillOptions {
  /** Pixels; the layout's own width, else 760. */
  width?: number;
}

const UNWRITTEN: Axis = { title: { text: '' }, showticklabels: false };

function subplotSvg(traces: readonly Trace[], layout: Layout, plot: Box, clip: string): string {
  const { xaxis, yaxis, box } = subplotPlace(traces, layout, plot);
  const x = makeScale(traces, 'x', xaxis, box.left, box.right);
  const y = makeScale(traces, 'y', yaxis, box.bottom, box.top);
  const bars = traces.filter((trace) => trace.type === 'bar');
  const drawn = traces.map((trace, index) => {
    if (trace.type === 'heatmap') return heatmapSvg(trace, x, y);
    if (trace.type === 'image') return imageSvg(trace, box);
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
  // Without a fill, since viewers that clean an SVG as HTML (GitHub's) may drop the clip path and show its content.
  const area = `<clipPath id="${clip}"><rect x="${px(box.left)}" y="${px(box.top - 6)}" width="${px(box.right - box.left)}" height="${px(box.bottom - box.top + 12)}" fill="none"/></clipPath>`;
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
  const { layout, width, height, plot, colourBar, groups } = placesOf(figure, options.width);
  plot.left = leftMargin(figure.data, layout, plot);
  const legend =
    layout.showlegend === false
      ? { svg: '', rows: 0 }
      : legendSvg(figure.data, plot.left, plot.right, LEGEND_TOP);
  plot.top = belowLegend(plot, legend.rows);
  // Several images may be in one page, where equal ids would mix up their clip paths.
  const id = canonicalSha256([figure.data, figure.layout]).slice(0, 8);
  const subplots = groups.map((traces, index) =>
    subplotSvg(traces, layout, plot, `p${id}-${index}`),
  );
  const notes = (layout.annotations ?? []).map((note) => {
    const { left, top, size, anchor } = notePlace(note, plot);
    return text(note.text, left, top, `text-anchor="${anchor}" font-size="${size}"`);
  });
  const title = layout.title?.text ?? '';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" fill="${INK}">`,
    `<title>${escapeSvg(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(title, Math.min(plot.left, 70), TITLE_TOP, 'font-size="16"'),
    legend.svg,
    ...subplots,
    colourBar ? colourBarSvg(colourBar, plot) : '',
    ...notes,
    '</svg>',
  ].join('\n');
}
