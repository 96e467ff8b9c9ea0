/** Figures of numbers by group: points with error bars, bars, paired differences. */
import { axis, baseLayout, named, numericAxis, paletteColour, type AxisOptions } from './theme';
import type { Interval, PairedVerdict } from '../../base/statistics';
import type { ErrorBar, Figure, FigureTitle, Trace } from './types';

export interface PointSeries {
  name: string;
  /** One value per group; null where there is none. */
  y: readonly (number | null)[];
  /** Half-lengths of the error bars, such as standard deviations. */
  error?: readonly number[];
  colour?: number;
}

export interface PointsOptions extends FigureTitle {
  x: { title: string; groups: readonly string[] };
  y: AxisOptions;
  series: PointSeries[];
  /** Horizontal reference lines, such as a published number or a bound. */
  references?: { name: string; y: number }[];
}

function errorBar(array: readonly number[], colour: string): ErrorBar {
  return {
    type: 'data',
    array: [...array],
    visible: true,
    color: colour,
    thickness: 1.5,
    width: 5,
  };
}

/** Points with error bars, the series of one group side by side. */
export function pointsFigure({
  name,
  title,
  x,
  y,
  series,
  references = [],
}: PointsOptions): Figure {
  const step = Math.min(0.15, 0.7 / Math.max(1, series.length));
  const points = series.map((one, index): Trace => {
    const colour = paletteColour(one.colour ?? index);
    const shift = (index - (series.length - 1) / 2) * step;
    return {
      type: 'scatter',
      mode: 'markers',
      name: one.name,
      x: one.y.map((_, group) => group + shift),
      y: [...one.y],
      marker: { color: colour, size: 9 },
      ...(one.error ? { error_y: errorBar(one.error, colour) } : {}),
      text: x.groups.map((group) => `${group}, ${one.name}`),
      hovertemplate: '%{text}: %{y:.2f}<extra></extra>',
    };
  });
  const lines = references.map((reference): Trace => ({
    type: 'scatter',
    mode: 'lines',
    name: reference.name,
    x: [-0.5, x.groups.length - 0.5],
    y: [reference.y, reference.y],
    line: {
      color: '#777777',
      width: 1.5,
      dash: references.indexOf(reference) % 2 ? 'dot' : 'dash',
    },
  }));
  const xaxis = axis(x.title, {
    tickmode: 'array',
    tickvals: x.groups.map((_, group) => group),
    ticktext: [...x.groups],
    range: [-0.5, x.groups.length - 0.5],
    showgrid: false,
  });
  return {
    ...named(name),
    data: [...lines, ...points],
    layout: baseLayout(title, { xaxis, yaxis: numericAxis(y) }),
  };
}

export interface BarsOptions extends FigureTitle {
  x: { title: string; groups: readonly string[] };
  y: AxisOptions;
  series: PointSeries[];
}

/** Grouped bars, each with an optional error bar. */
export function barsFigure({ name, title, x, y, series }: BarsOptions): Figure {
  const data = series.map((one, index): Trace => {
    const colour = paletteColour(one.colour ?? index);
    return {
      type: 'bar',
      name: one.name,
      x: [...x.groups],
      y: [...one.y],
      marker: { color: colour },
      ...(one.error ? { error_y: errorBar(one.error, '#222222') } : {}),
    };
  });
  const xaxis = axis(x.title, { type: 'category', showgrid: false });
  return {
    ...named(name),
    data,
    layout: baseLayout(title, {
      xaxis,
      yaxis: numericAxis(y),
      barmode: 'group',
      bargap: 0.25,
      showlegend: series.length > 1,
    }),
  };
}

export interface PairedRow {
  label: string;
  /** One difference per seed, ours minus the other. */
  differences: readonly number[];
  /** Their verdict; its interval is drawn if it has one. */
  verdict: PairedVerdict;
}

export interface PairedOptions extends FigureTitle {
  /** Title of the axis: what is subtracted from what, with its unit. */
  x: string;
  rows: PairedRow[];
}

/** Paired differences: one dot per seed, the mean with its interval if there is one, and a line at zero; the first row on top. */
export function pairedDifferencesFigure({ name, title, x, rows }: PairedOptions): Figure {
  const means = rows.map(({ verdict }) => verdict.difference);
  const intervals = rows.map(({ verdict }): Interval =>
    verdict.kind === 'untested' ? [verdict.difference, verdict.difference] : verdict.interval,
  );
  const tested = rows.some(({ verdict }) => verdict.kind !== 'untested');
  const height = (index: number): number => rows.length - 1 - index;
  const seeds: Trace = {
    type: 'scatter',
    mode: 'markers',
    name: 'one seed',
    x: rows.flatMap((row) => [...row.differences]),
    y: rows.flatMap((row, index) =>
      row.differences.map((_, at) => height(index) - 0.12 - 0.03 * (at % 5)),
    ),
    marker: { color: paletteColour(5), size: 7, opacity: 0.7 },
    text: rows.flatMap((row) => row.differences.map((_, at) => `${row.label}, run ${at + 1}`)),
    hovertemplate: '%{text}: %{x:.2f}<extra></extra>',
  };
  const meanTrace: Trace = {
    type: 'scatter',
    mode: 'markers',
    name: tested ? 'mean and 95 % interval' : 'mean',
    x: means,
    y: rows.map((_, index) => height(index) + 0.1),
    marker: { color: paletteColour(0), size: 11, symbol: 'diamond' },
    error_x: {
      ...errorBar(
        intervals.map(([, high], row) => high - means[row]),
        paletteColour(0),
      ),
      symmetric: false,
      arrayminus: intervals.map(([low], row) => means[row] - low),
    },
    text: rows.map((row) => row.label),
    hovertemplate: '%{text}: %{x:.2f}<extra></extra>',
  };
  const yaxis = axis('', {
    tickmode: 'array',
    tickvals: rows.map((_, index) => height(index)),
    ticktext: rows.map((row) => row.label),
    range: [-0.6, rows.length - 0.4],
    showgrid: false,
  });
  const layout = baseLayout(title, {
    xaxis: axis(x),
    yaxis,
    height: 200 + 46 * rows.length,
    shapes: [
      {
        type: 'line',
        xref: 'x',
        yref: 'paper',
        x0: 0,
        x1: 0,
        y0: 0,
        y1: 1,
        line: { color: '#777777', width: 1.5, dash: 'dash' },
        layer: 'below',
      },
    ],
  });
  return { ...named(name), data: [seeds, meanTrace], layout };
}
