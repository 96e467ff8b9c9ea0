/** Draws each kind of trace as SVG, given the scales of its axes. By hand: plotly.js can't draw without a browser. */
import type { BarTrace, ErrorBar, HeatmapTrace, ImageTrace, Line, ScatterTrace } from '../types';
import { paletteColour } from '../theme';
import { extremes, inkOn, scaleColour, type Scale } from './scale';

/** A part of the image, in pixels. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A pixel position with at most two digits. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Escape text for SVG content and attributes; control characters, which XML can't hold, become U+FFFD. */
export function escapeSvg(text: string): string {
  return text

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

export function strokeOf(line: Line | undefined, colour: string): string {
  const dash =
    line?.dash === 'dash'
      ? ' stroke-dasharray="7 4"'
      : line?.dash === 'dot'
        ? ' stroke-dasharray="2 3"'
        : '';
  return `stroke="${escapeSvg(line?.color ?? colour)}" stroke-width="${line?.width ?? 2}"${dash}`;
}

type Point = [number, number];

/** The stretches of points without a gap. */
function stretches(trace: ScatterTrace, x: Scale, y: Scale): Point[][] {
  const parts: Point[][] = [[]];
  trace.y.forEach((value, index) => {
    const at = trace.x[index];
    if (value === null || at === null || !Number.isFinite(value)) parts.push([]);
    else parts[parts.length - 1].push([x.at(at), y.at(value)]);
  });
  return parts.filter((part) => part.length > 0);
}

function path(points: Point[]): string {
  return 'M' + points.map(([left, top]) => `${px(left)} ${px(top)}`).join('L');
}

/** One marker of the given shape around a point. */
export function markerSvg(
  left: number,
  top: number,
  marker: ScatterTrace['marker'],
  colour: string,
): string {
  const size = marker?.size ?? 6;
  const half = size / 2;
  const fill = `fill="${escapeSvg(marker?.color ?? colour)}" fill-opacity="${marker?.opacity ?? 1}"`;
  if (marker?.symbol === 'square') {
    return `<rect x="${px(left - half)}" y="${px(top - half)}" width="${size}" height="${size}" ${fill}/>`;
  }
  if (marker?.symbol === 'diamond') {
    const reach = half * 1.3;
    const d = `M${px(left)} ${px(top - reach)}L${px(left + reach)} ${px(top)}L${px(left)} ${px(top + reach)}L${px(left - reach)} ${px(top)}Z`;
    return `<path d="${d}" ${fill}/>`;
  }
  return `<circle cx="${px(left)}" cy="${px(top)}" r="${half}" ${fill}/>`;
}

function errorSvg(
  error: ErrorBar,
  index: number,
  value: number,
  along: Scale,
  across: number,
  upright: boolean,
): string {
  const plus = error.array[index];
  const minus = (error.arrayminus ?? error.array)[index];
  if (plus === undefined || minus === undefined || error.visible === false) return '';
  const [from, to] = [along.at(value - minus), along.at(value + plus)];
  const cap = error.width ?? 4;
  const d = upright
    ? `M${px(across)} ${px(from)}V${px(to)}M${px(across - cap)} ${px(from)}h${2 * cap}M${px(across - cap)} ${px(to)}h${2 * cap}`
    : `M${px(from)} ${px(across)}H${px(to)}M${px(from)} ${px(across - cap)}v${2 * cap}M${px(to)} ${px(across - cap)}v${2 * cap}`;
  return `<path d="${d}" fill="none" stroke="${escapeSvg(error.color ?? '#222222')}" stroke-width="${error.thickness ?? 1.5}"/>`;
}

/** Curve, band and markers. `before` is the trace that `fill: 'tonexty'` fills down to. */
export function scatterSvg(
  trace: ScatterTrace,
  before: ScatterTrace | undefined,
  index: number,
  x: Scale,
  y: Scale,
): string {
  const colour = trace.line?.color ?? paletteColour(index);
  const parts: string[] = [];
  const points = stretches(trace, x, y);
  if (trace.fill === 'tonexty' && before) {
    const outline = [...points.flat(), ...stretches(before, x, y).flat().reverse()];
    if (outline.length > 2)
      parts.push(`<path d="${path(outline)}Z" fill="${escapeSvg(trace.fillcolor ?? colour)}"/>`);
  }
  if (trace.mode !== 'markers' && trace.line?.width !== 0) {
    for (const part of points)
      parts.push(`<path d="${path(part)}" fill="none" ${strokeOf(trace.line, colour)}/>`);
  }
  trace.y.forEach((value, at) => {
    const left = trace.x[at];
    if (value === null || left === null) return;
    if (trace.error_y) parts.push(errorSvg(trace.error_y, at, value, y, x.at(left), true));
    if (trace.error_x) parts.push(errorSvg(trace.error_x, at, left, x, y.at(value), false));
    if (trace.mode !== 'lines')
      parts.push(markerSvg(x.at(left), y.at(value), trace.marker, colour));
  });
  return parts.join('');
}

/** One of `count` series of grouped bars; `gap` is the share of a category left empty. */
export function barSvg(
  trace: BarTrace,
  index: number,
  count: number,
  gap: number,
  x: Scale,
  y: Scale,
): string {
  const width = (x.band * (1 - gap)) / count;
  const colour = trace.marker?.color ?? paletteColour(index);
  return trace.y
    .map((value, at) => {
      if (value === null) return '';
      const left = x.at(trace.x[at]) - (width * count) / 2 + width * index;
      const [top, bottom] = [y.at(value), y.at(0)].sort((a, b) => a - b);
      const bar = `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(bottom - top)}" fill="${escapeSvg(colour)}"/>`;
      const error = trace.error_y
        ? errorSvg(trace.error_y, at, value, y, left + width / 2, true)
        : '';
      return bar + error;
    })
    .join('');
}

/** The values of the first and the last colour of a heat map. */
export function heatmapRange(trace: HeatmapTrace): [number, number] {
  const [least, most] = extremes(trace.z.flat());
  const [low, high] = [trace.zmin ?? least, trace.zmax ?? most];
  return low <= high ? [low, high] : [0, 1];
}

/** The cells of a heat map, with their numbers. */
export function heatmapSvg(trace: HeatmapTrace, x: Scale, y: Scale): string {
  const [low, high] = heatmapRange(trace);
  const scale = trace.colorscale ?? [];
  const gap = trace.xgap ?? 0;
  const texts: string[] = [];
  const cells = trace.z.flatMap((row, top) =>
    row.map((value, left) => {
      if (value === null || !Number.isFinite(value)) return '';
      const fill = scaleColour(scale, (value - low) / (high - low || 1));
      const [across, down] = [x.at(left), y.at(top)];
      const text = trace.texttemplate ? (trace.text?.[top]?.[left] ?? '') : '';
      if (text !== '') {
        texts.push(
          `<text x="${px(across)}" y="${px(down + 4)}" text-anchor="middle" font-size="12" fill="${inkOn(fill)}">${escapeSvg(text)}</text>`,
        );
      }
      const [width, height] = [x.band - gap, y.band - gap];
      return `<rect x="${px(across - width / 2)}" y="${px(down - height / 2)}" width="${px(width)}" height="${px(height)}" fill="${fill}"/>`;
    }),
  );
  return `<g shape-rendering="crispEdges">${cells.join('')}</g>${texts.join('')}`;
}

/** A picture that fills a box. */
export function imageSvg({ source }: ImageTrace, box: Box): string {
  return (
    `<image x="${px(box.left)}" y="${px(box.top)}" width="${px(box.right - box.left)}" height="${px(box.bottom - box.top)}" ` +
    `preserveAspectRatio="none" style="image-rendering:pixelated" href="${escapeSvg(source)}"/>`
  );
}
