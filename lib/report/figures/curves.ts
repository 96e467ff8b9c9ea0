/** Figures of numbers over numbers: curves with bands, waveforms. */
import {
  axis,
  baseLayout,
  named,
  numericAxis,
  paletteColour,
  withOpacity,
  type AxisOptions,
} from './theme';
import type { Figure, FigureTitle, Trace } from './types';

export interface CurveSeries {
  name: string;
  y: readonly (number | null)[];
  /** Default: 1, 2, 3, … */
  x?: readonly number[];
  /** A shaded band around the curve, such as mean ± sd. */
  band?: { low: readonly number[]; high: readonly number[] };
  dash?: 'solid' | 'dash' | 'dot';
  markers?: boolean;
  /** The series' index in the palette. Default: its position in the list. */
  colour?: number;
}

export interface CurvesOptions extends FigureTitle {
  x: AxisOptions;
  y: AxisOptions;
  series: CurveSeries[];
}

/** Curves over x, each with an optional band. */
export function curvesFigure({ name, title, x, y, series }: CurvesOptions): Figure {
  const data = series.flatMap((one, index): Trace[] => {
    const colour = paletteColour(one.colour ?? index);
    const at = one.x ? [...one.x] : one.y.map((_, position) => position + 1);
    const curve: Trace = {
      type: 'scatter',
      mode: one.markers ? 'lines+markers' : 'lines',
      name: one.name,
      legendgroup: one.name,
      x: at,
      y: [...one.y],
      line: { color: colour, width: 2, dash: one.dash ?? 'solid' },
      ...(one.markers ? { marker: { color: colour, size: 7 } } : {}),
    };
    if (!one.band) return [curve];
    const edge = {
      type: 'scatter',
      mode: 'lines',
      x: at,
      line: { color: colour, width: 0 },
      legendgroup: one.name,
      showlegend: false,
      hoverinfo: 'skip',
    } as const;
    return [
      { ...edge, y: [...one.band.low] },
      { ...edge, y: [...one.band.high], fill: 'tonexty', fillcolor: withOpacity(colour, 0.18) },
      curve,
    ];
  });
  return {
    ...named(name),
    data,
    layout: baseLayout(title, {
      xaxis: numericAxis(x),
      yaxis: numericAxis(y),
      showlegend: series.length > 1,
    }),
  };
}

export interface WaveformOptions extends FigureTitle {
  /** Amplitudes, usually within -1..1. */
  samples: ArrayLike<number>;
  /** Samples per second. */
  sampleRate: number;
  /** At most this many low-high pairs are drawn. */
  columns?: number;
}

/** Amplitude over time; long recordings are drawn by the lowest and highest sample of each column. */
export function waveformFigure({
  name,
  title,
  samples,
  sampleRate,
  columns = 600,
}: WaveformOptions): Figure {
  const x: number[] = [];
  const y: number[] = [];
  const size = Math.max(1, Math.ceil(samples.length / columns));
  for (let start = 0; start < samples.length; start += size) {
    let low = samples[start];
    let high = low;
    for (let at = start + 1; at < Math.min(start + size, samples.length); at += 1) {
      low = Math.min(low, samples[at]);
      high = Math.max(high, samples[at]);
    }
    x.push(start / sampleRate);
    y.push(low);
    if (size > 1) {
      x.push(start / sampleRate);
      y.push(high);
    }
  }
  const trace: Trace = {
    type: 'scatter',
    mode: 'lines',
    x,
    y,
    line: { color: paletteColour(0), width: 1 },
  };
  return {
    ...named(name),
    data: [trace],
    layout: baseLayout(title, {
      xaxis: axis('time (s)'),
      yaxis: axis('amplitude'),
      height: 260,
      margin: { l: 70, r: 30, t: 50, b: 60 },
      showlegend: false,
    }),
  };
}
