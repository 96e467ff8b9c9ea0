/** The part of plotly's figure JSON that the kit uses, typed as plotly types it. */

export interface Font {
  family?: string;
  size?: number;
  color?: string;
}

export interface Line {
  color?: string;
  width?: number;
  dash?: 'solid' | 'dash' | 'dot';
  shape?: 'linear' | 'hv';
}

export interface ErrorBar {
  type: 'data';
  array: number[];
  arrayminus?: number[];
  symmetric?: boolean;
  visible?: boolean;
  color?: string;
  thickness?: number;
  width?: number;
}

interface TraceCommon {
  name?: string;
  /** `x`, `x2`, … and `y`, `y2`, …: which axes of the layout. */
  xaxis?: string;
  yaxis?: string;
  showlegend?: boolean;
  legendgroup?: string;
  hoverinfo?: 'all' | 'skip' | 'text';
  hovertemplate?: string;
}

export interface ScatterTrace extends TraceCommon {
  type: 'scatter';
  mode: 'lines' | 'markers' | 'lines+markers';
  x: (number | null)[];
  y: (number | null)[];
  line?: Line;
  marker?: {
    color?: string;
    size?: number;
    symbol?: 'circle' | 'diamond' | 'square';
    opacity?: number;
  };
  fill?: 'none' | 'tonexty' | 'tozeroy';
  fillcolor?: string;
  error_x?: ErrorBar;
  error_y?: ErrorBar;
  text?: string[];
}

export interface BarTrace extends TraceCommon {
  type: 'bar';
  x: string[];
  y: (number | null)[];
  marker?: { color?: string };
  error_y?: ErrorBar;
}

export type ColourScale = [number, string][];

export interface HeatmapTrace extends TraceCommon {
  type: 'heatmap';
  /** Rows from the first `y` to the last. */
  z: (number | null)[][];
  x?: string[];
  y?: string[];
  /** The text of every cell, with `texttemplate: '%{text}'`. */
  text?: string[][];
  texttemplate?: string;
  textfont?: Font;
  colorscale?: ColourScale;
  zmin?: number;
  zmax?: number;
  showscale?: boolean;
  colorbar?: {
    title?: { text: string; side?: 'right' | 'top' };
    thickness?: number;
    outlinewidth?: number;
  };
  xgap?: number;
  ygap?: number;
}

/** A picture, one pixel per unit of its axes. */
export interface ImageTrace extends TraceCommon {
  type: 'image';
  /** `data:image/png;base64,…`, as `encodePng` writes it. */
  source: string;
}

export type Trace = ScatterTrace | BarTrace | HeatmapTrace | ImageTrace;

export interface Axis {
  title?: { text: string; standoff?: number };
  type?: 'linear' | 'category' | 'log';
  range?: [number, number];
  autorange?: boolean | 'reversed';
  domain?: [number, number];
  anchor?: string;
  tickmode?: 'array' | 'auto';
  tickvals?: number[];
  ticktext?: string[];
  ticks?: 'outside' | '';
  tickfont?: Font;
  /** Degrees. Default: plotly rotates crowded labels. */
  tickangle?: number;
  showgrid?: boolean;
  gridcolor?: string;
  zeroline?: boolean;
  showline?: boolean;
  linecolor?: string;
  showticklabels?: boolean;
  visible?: boolean;
  automargin?: boolean;
  /** Equal scales on both axes: images keep their aspect ratio. */
  scaleanchor?: string;
  constrain?: 'domain';
  side?: 'top' | 'bottom' | 'left' | 'right';
}

export interface Annotation {
  text: string;
  x: number;
  y: number;
  xref: 'paper';
  yref: 'paper';
  xanchor?: 'left' | 'center' | 'right';
  yanchor?: 'top' | 'middle' | 'bottom';
  showarrow: false;
  font?: Font;
}

/** A straight line over the whole width (`xref: 'paper'`) or height (`yref: 'paper'`) of the plot. */
export interface Shape {
  type: 'line';
  xref: 'x' | 'paper';
  yref: 'y' | 'paper';
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  line: Line;
  layer?: 'below' | 'above';
}

export interface Layout {
  title?: { text: string; x?: number; xref?: 'paper'; xanchor?: 'left'; font?: Font };
  font?: Font;
  colorway?: string[];
  paper_bgcolor?: string;
  plot_bgcolor?: string;
  margin?: { l?: number; r?: number; t?: number; b?: number };
  height?: number;
  width?: number;
  autosize?: boolean;
  showlegend?: boolean;
  legend?: {
    orientation?: 'h' | 'v';
    x?: number;
    y?: number;
    xanchor?: 'left';
    yanchor?: 'bottom' | 'top';
  };
  barmode?: 'group' | 'stack';
  bargap?: number;
  hovermode?: 'closest' | 'x unified' | 'x';
  annotations?: Annotation[];
  shapes?: Shape[];
  /** `xaxis`, `xaxis2`, … and `yaxis`, `yaxis2`, … */
  [axis: `xaxis${string}` | `yaxis${string}`]: Axis | undefined;
}

/** What every figure is made with. */
export interface FigureTitle {
  title: string;
  /** Under which it is saved: lower case, digits, hyphens. */
  name?: string;
}

export interface Figure {
  /** File name without ending: lower case, digits, hyphens. Without it a figure can be shown, and not saved. */
  name?: string;
  data: Trace[];
  layout: Layout;
}
