/** Where the parts of a static image are: plots, legend, annotations. */
import { pngSize } from '../../../formats/png';
import { baseLayout } from '../theme';
import type { Annotation, Axis, Figure, HeatmapTrace, ImageTrace, Layout, Trace } from '../types';
import { linesOf } from './frame';
import { LEGEND_ROW, LEGEND_TOP } from './legend';
import type { Box } from './traces';

/** Baseline of the title. */
export const TITLE_TOP = 24;

export interface Places {
  layout: Layout;
  width: number;
  height: number;
  plot: Box;
  colourBar: HeatmapTrace | undefined;
  /** The traces of each pair of axes. */
  groups: Trace[][];
}

/** @param width the layout's own, else 760 */
export function placesOf(figure: Figure, width?: number): Places {
  const layout: Layout = { ...baseLayout(figure.layout.title?.text ?? ''), ...figure.layout };
  const across = width ?? layout.width ?? 760;
  const height = layout.height ?? 420;
  const margin = layout.margin ?? {};
  const colourBar = figure.data.find(
    (trace): trace is HeatmapTrace => trace.type === 'heatmap' && trace.showscale === true,
  );
  const plot: Box = {
    left: margin.l ?? 70,
    right: across - (colourBar ? 90 : (margin.r ?? 30)),
    top: margin.t ?? 80,
    bottom: height - (margin.b ?? 60),
  };
  const groups = new Map<string, Trace[]>();
  for (const trace of figure.data) {
    const key = `${trace.xaxis ?? 'x'} ${trace.yaxis ?? 'y'}`;
    groups.set(key, [...(groups.get(key) ?? []), trace]);
  }
  return { layout, width: across, height, plot, colourBar, groups: [...groups.values()] };
}

/** The top of the plots under a legend of some rows. */
export function belowLegend(plot: Box, rows: number): number {
  return Math.max(plot.top, rows > 0 ? LEGEND_TOP + rows * LEGEND_ROW : 0);
}

function axisKey(
  letter: 'x' | 'y',
  reference: string | undefined,
): `xaxis${string}` | `yaxis${string}` {
  return `${letter}axis${(reference ?? letter).slice(1)}`;
}

/** The bytes of a picture. */
export function pngOf({ source }: ImageTrace): Buffer {
  return Buffer.from(source.slice(source.indexOf(',') + 1), 'base64');
}

function pictureSize(traces: readonly Trace[]): { width: number; height: number } | undefined {
  for (const trace of traces) {
    if (trace.type === 'image') return pngSize(pngOf(trace));
    if (trace.type === 'heatmap') return { width: trace.z[0]?.length ?? 1, height: trace.z.length };
  }
  return undefined;
}

/** The axes of a plot and the part of the image that it covers; pictures keep their aspect ratio within it. */
export function subplotPlace(
  traces: readonly Trace[],
  layout: Layout,
  plot: Box,
): { xaxis: Axis; yaxis: Axis; box: Box } {
  const xaxis = layout[axisKey('x', traces[0].xaxis)] ?? {};
  const yaxis = layout[axisKey('y', traces[0].yaxis)] ?? {};
  const [from, to] = xaxis.domain ?? [0, 1];
  const [low, high] = yaxis.domain ?? [0, 1];
  const [width, height] = [plot.right - plot.left, plot.bottom - plot.top];
  const box = {
    left: plot.left + from * width,
    right: plot.left + to * width,
    top: plot.bottom - high * height,
    bottom: plot.bottom - low * height,
  };
  const picture = yaxis.scaleanchor ? pictureSize(traces) : undefined;
  if (!picture) return { xaxis, yaxis, box };
  const size = Math.min(
    (box.right - box.left) / picture.width,
    (box.bottom - box.top) / picture.height,
  );
  const [across, down] = [(size * picture.width) / 2, (size * picture.height) / 2];
  const [middle, centre] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  return {
    xaxis,
    yaxis,
    box: {
      left: middle - across,
      right: middle + across,
      top: centre - down,
      bottom: centre + down,
    },
  };
}

/** Where an annotation is written: the baseline of its first line. */
export function notePlace(
  note: Annotation,
  plot: Box,
): { left: number; top: number; size: number; anchor: 'start' | 'middle' | 'end' } {
  const left = plot.left + note.x * (plot.right - plot.left);
  const size = note.font?.size ?? 12;
  const at = plot.bottom - note.y * (plot.bottom - plot.top);
  const rise = 4 + (linesOf(note.text).length - 1) * 1.15 * size;
  const top = note.yanchor === 'top' ? at + size : note.yanchor === 'bottom' ? at - rise : at;
  const anchor = note.xanchor === 'center' ? 'middle' : note.xanchor === 'right' ? 'end' : 'start';
  return { left, top, size, anchor };
}
