/** The theme of every figure: fonts, margins, and colours that colour-blind readers can distinguish. */
import type { Axis, ColourScale, Figure, Layout } from './types';

/** Okabe and Ito's palette, without yellow (too light on white); black last. */
export const PALETTE = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
];

/** The colour of series `index`; the palette starts again after its last colour. */
export function paletteColour(index: number): string {
  return PALETTE[index % PALETTE.length];
}

/** White to dark blue; lightness falls evenly. */
export const BLUES: ColourScale = [
  [0, '#f7fbff'],
  [0.25, '#c6dbef'],
  [0.5, '#6baed6'],
  [0.75, '#2171b5'],
  [1, '#08306b'],
];

/** Black to white, for images. */
export const GREYS: ColourScale = [
  [0, '#000000'],
  [1, '#ffffff'],
];

const INK = '#222222';
const GRID = '#e6e6e6';

/** `#rrggbb` as an rgba() colour of the given opacity. */
export function withOpacity(colour: string, opacity: number): string {
  const channel = (at: number): number => parseInt(colour.slice(at, at + 2), 16);
  return `rgba(${channel(1)},${channel(3)},${channel(5)},${opacity})`;
}

/** An axis with a title, a light grid and a line. */
export function axis(title: string, changes: Axis = {}): Axis {
  return {
    title: { text: title, standoff: 10 },
    showgrid: true,
    gridcolor: GRID,
    zeroline: false,
    showline: true,
    linecolor: '#888888',
    ticks: 'outside',
    automargin: true,
    ...changes,
  };
}

export interface AxisOptions {
  /** What is shown, with its unit in brackets. */
  title: string;
  range?: [number, number];
  type?: 'linear' | 'log';
}

/** Options of an axis of numbers. */
export function numericAxis({ title, range, type }: AxisOptions): Axis {
  return axis(title, { ...(range ? { range } : {}), ...(type ? { type } : {}) });
}

/** An invisible axis. */
export function hiddenAxis(changes: Axis = {}): Axis {
  return { visible: false, showgrid: false, zeroline: false, ...changes };
}

/** A figure's name where it has one; without, there is no such key. */
export function named(name: string | undefined): Pick<Figure, 'name'> {
  return name === undefined ? {} : { name };
}

/** The layout that every figure starts from; the legend is above the plot, under the title. */
export function baseLayout(title: string, changes: Layout = {}): Layout {
  return {
    title: { text: title, x: 0, xref: 'paper', xanchor: 'left', font: { size: 16, color: INK } },
    font: { family: 'Helvetica, Arial, sans-serif', size: 13, color: INK },
    colorway: PALETTE,
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    margin: { l: 70, r: 30, t: 80, b: 60 },
    height: 420,
    autosize: true,
    showlegend: true,
    legend: { orientation: 'h', x: 0, y: 1.01, xanchor: 'left', yanchor: 'bottom' },
    hovermode: 'closest',
    ...changes,
  };
}
