/** The frame of a static image: axes with ticks, legend, colour bar. */
import type { Axis, HeatmapTrace, Layout, Trace } from '../types';
import { LEGEND_ROW, legendPlaces } from './legend';
import { makeScale, roundTicks, scaleColour, tickText, type Scale } from './scale';
import { escapeSvg, heatmapRange, markerSvg, px, strokeOf, type Box } from './traces';

export const INK = '#222222';

/** The lines of a text, which plotly breaks at `<br>`. */
export function linesOf(content: string): string[] {
  return content.split('<br>');
}

/** A text element; `top` is that of the first line. */
export function text(content: string, left: number, top: number, attributes: string): string {
  const lines = linesOf(content);
  if (lines.length > 1) {
    const parts = lines.map(
      (line, at) =>
        `<tspan x="${px(left)}" dy="${at === 0 ? 0 : '1.15em'}">${escapeSvg(line)}</tspan>`,
    );
    return `<text x="${px(left)}" y="${px(top)}" ${attributes}>${parts.join('')}</text>`;
  }
  return `<text x="${px(left)}" y="${px(top)}" ${attributes}>${escapeSvg(content)}</text>`;
}

/** About how many pixels a text is wide. */
function textWidth(content: string, size: number): number {
  return Math.max(...linesOf(content).map((line) => line.length)) * size * 0.56;
}

/** Width of an axis' widest tick label, which sets the distance of its title and the plot from the edge. */
export function leftMargin(traces: readonly Trace[], layout: Layout, plot: Box): number {
  const yaxis = layout.yaxis ?? {};
  if (yaxis.visible === false) return plot.left;
  const { ticks } = makeScale(traces, 'y', yaxis, plot.bottom, plot.top);
  const widest = ticks.reduce((most, tick) => Math.max(most, textWidth(tick.text, 12)), 0);
  return Math.max(plot.left, widest + (yaxis.title?.text ? 44 : 24));
}

/** Grid lines, drawn below the traces, and lines, ticks and titles, drawn above. */
export function axesSvg(
  box: Box,
  x: Scale,
  y: Scale,
  xaxis: Axis,
  yaxis: Axis,
): { below: string; above: string } {
  const below: string[] = [];
  const above: string[] = [];
  if (xaxis.visible !== false) {
    for (const tick of x.ticks) {
      if (xaxis.showgrid)
        below.push(
          `<path d="M${px(tick.at)} ${px(box.top)}V${px(box.bottom)}" stroke="${xaxis.gridcolor ?? '#e6e6e6'}"/>`,
        );
      if (xaxis.showticklabels !== false) {
        const size = xaxis.tickfont?.size ?? 12;
        const attributes = `text-anchor="middle" font-size="${size}"`;
        above.push(text(tick.text, tick.at, box.bottom + 18, attributes));
      }
    }
    if (xaxis.showline)
      above.push(
        `<path d="M${px(box.left)} ${px(box.bottom)}H${px(box.right)}" stroke="${xaxis.linecolor ?? INK}"/>`,
      );
    const lines = Math.max(1, ...x.ticks.map((tick) => linesOf(tick.text).length));
    above.push(
      text(
        xaxis.title?.text ?? '',
        (box.left + box.right) / 2,
        box.bottom + 26 + 14 * lines,
        'text-anchor="middle" font-size="13"',
      ),
    );
  }
  if (yaxis.visible !== false) {
    let widest = 0;
    for (const tick of y.ticks) {
      if (yaxis.showgrid)
        below.push(
          `<path d="M${px(box.left)} ${px(tick.at)}H${px(box.right)}" stroke="${yaxis.gridcolor ?? '#e6e6e6'}"/>`,
        );
      above.push(text(tick.text, box.left - 8, tick.at + 4, 'text-anchor="end" font-size="12"'));
      widest = Math.max(widest, textWidth(tick.text, 12));
    }
    if (yaxis.showline)
      above.push(
        `<path d="M${px(box.left)} ${px(box.top)}V${px(box.bottom)}" stroke="${yaxis.linecolor ?? INK}"/>`,
      );
    const middle = (box.top + box.bottom) / 2;
    const at = box.left - widest - 22;
    above.push(
      text(
        yaxis.title?.text ?? '',
        at,
        middle,
        `text-anchor="middle" font-size="13" transform="rotate(-90 ${px(at)} ${px(middle)})"`,
      ),
    );
  }
  return { below: below.join(''), above: above.join('') };
}

/** The legend from `left` on, wrapped before `right`, and how many rows it takes. */
export function legendSvg(
  traces: readonly Trace[],
  left: number,
  right: number,
  top: number,
): { svg: string; rows: number } {
  const shown = traces.flatMap((trace, index) => {
    if (trace.type === 'heatmap' || trace.type === 'image') return [];
    const { name, showlegend } = trace;
    return showlegend === false || !name ? [] : [{ trace, name, index }];
  });
  const widths = shown.map(({ name }) => textWidth(name, 12));
  const { places, rows } = legendPlaces(widths, left, right);
  const parts: string[] = [];
  shown.forEach(({ trace, name, index }, i) => {
    const at = places[i].left;
    const y = top + places[i].row * LEGEND_ROW;
    if (trace.type === 'bar') {
      parts.push(
        `<rect x="${px(at + 8)}" y="${px(y - 5)}" width="14" height="10" fill="${escapeSvg(trace.marker?.color ?? INK)}"/>`,
      );
    } else {
      if (trace.mode !== 'markers')
        parts.push(`<path d="M${px(at)} ${px(y)}h28" ${strokeOf(trace.line, INK)}/>`);
      if (trace.mode !== 'lines')
        parts.push(markerSvg(at + 14, y, trace.marker, trace.line?.color ?? INK));
    }
    parts.push(text(name, at + 34, y + 4, `font-size="12" data-series="${index}"`));
  });
  return { svg: parts.join(''), rows };
}

/** The colours of a heat map, to the right of the plot. */
export function colourBarSvg(trace: HeatmapTrace, plot: Box): string {
  const [low, high] = heatmapRange(trace);
  const scale = trace.colorscale ?? [];
  const left = plot.right + 14;
  const height = plot.bottom - plot.top;
  const steps = Array.from({ length: 40 }, (_, index) => {
    const top = plot.bottom - ((index + 1) / 40) * height;
    return `<rect x="${px(left)}" y="${px(top)}" width="14" height="${px(height / 40 + 0.5)}" fill="${scaleColour(scale, (index + 0.5) / 40)}"/>`;
  });
  const ticks = roundTicks(low, high, 5).map((value) =>
    text(
      tickText(value),
      left + 19,
      plot.bottom - ((value - low) / (high - low || 1)) * height + 4,
      'font-size="12"',
    ),
  );
  const title = trace.colorbar?.title?.text ?? '';
  const at = left + 58;
  const middle = (plot.top + plot.bottom) / 2;
  const label = text(
    title,
    at,
    middle,
    `text-anchor="middle" font-size="12" transform="rotate(90 ${px(at)} ${px(middle)})"`,
  );
  return steps.join('') + ticks.join('') + label;
}
