/** Figures of two-dimensional arrays: heat maps, confusion matrices, grids of grey images. */
import { overlayKeys } from './overlay';
import { pictureSource, type Picture } from './picture';
import { axis, baseLayout, BLUES, hiddenAxis, named } from './theme';
import type {
  Annotation,
  ColourScale,
  Figure,
  FigureTitle,
  HeatmapTrace,
  ImageTrace,
  Layout,
} from './types';

export interface HeatmapOptions extends FigureTitle {
  x: { title: string; labels: readonly string[] };
  y: { title: string; labels: readonly string[] };
  /** One row per y label, from top to bottom. */
  values: readonly (readonly (number | null)[])[];
  /** Digits of the number in every cell. Default: no numbers. */
  digits?: number;
  /** Title of the colour bar, with its unit. */
  colour?: string;
  /** The values of the first and the last colour. */
  range?: [number, number];
  scale?: ColourScale;
}

/** A heat map with a number in every cell; the first row is on top. */
export function heatmapFigure(options: HeatmapOptions): Figure {
  const { name, title, x, y, values, digits, colour, range, scale = BLUES } = options;
  const trace: HeatmapTrace = {
    type: 'heatmap',
    x: [...x.labels],
    y: [...y.labels],
    z: values.map((row) => [...row]),
    colorscale: scale,
    showscale: colour !== undefined,
    xgap: 1,
    ygap: 1,
    ...(range ? { zmin: range[0], zmax: range[1] } : {}),
    ...(colour
      ? { colorbar: { title: { text: colour, side: 'right' }, thickness: 14, outlinewidth: 0 } }
      : {}),
    hovertemplate: '%{y}, %{x}: %{z}<extra></extra>',
  };
  if (digits !== undefined) {
    trace.text = values.map((row) =>
      row.map((value) => (value === null ? '' : value.toFixed(digits))),
    );
    trace.texttemplate = '%{text}';
  }
  const plain = { type: 'category', showgrid: false, showline: false, ticks: '' } as const;
  const layout = baseLayout(title, {
    xaxis: axis(x.title, plain),
    yaxis: axis(y.title, { ...plain, autorange: 'reversed' }),
    height: 180 + 32 * y.labels.length,
    margin: { l: 80, r: 30, t: 60, b: 70 },
    showlegend: false,
  });
  return { ...named(name), data: [trace], layout };
}

export interface ConfusionOptions extends FigureTitle {
  labels: readonly string[];
  /** counts[true class][predicted class] */
  counts: readonly (readonly number[])[];
}

/** A confusion matrix: one row per true class, coloured and printed as counts. */
export function confusionFigure({ name, title, labels, counts }: ConfusionOptions): Figure {
  return heatmapFigure({
    name,
    title,
    x: { title: 'predicted', labels },
    y: { title: 'true', labels },
    values: counts,
    digits: 0,
    colour: 'count',
  });
}

export interface ImageGridOptions extends FigureTitle {
  images: readonly Picture[];
  /** Images per row. Default: at most 10. */
  columns?: number;
  /** Height of one row of images in pixels of the screen. */
  rowHeight?: number;
}

/**
 * Images side by side, each with its aspect ratio and its title above it; each is a PNG inside the figure.
 * @throws UserError if labels and image differ in size
 */
export function imageGridFigure({
  name,
  title,
  images,
  columns,
  rowHeight = 130,
}: ImageGridOptions): Figure {
  const across = Math.max(1, Math.min(columns ?? 10, images.length));
  const down = Math.max(1, Math.ceil(images.length / across));
  const keys = overlayKeys(images.map(({ overlay }) => overlay));
  const top = keys.length > 0 ? 80 : 60;
  const layout: Layout = baseLayout(title, {
    height: top + 10 + rowHeight * down,
    margin: { l: 10, r: 10, t: top, b: 10 },
    showlegend: keys.length > 0,
  });
  const annotations: Annotation[] = [];
  const labelled = images.some((image) => image.title);
  const pictures = images.map((image, index): ImageTrace => {
    const column = index % across;
    const row = Math.floor(index / across);
    const number = index === 0 ? '' : String(index + 1);
    const left = column / across + 0.05 / across;
    const right = (column + 1) / across - 0.05 / across;
    const upper = 1 - (row + (labelled ? 0.16 : 0.04)) / down;
    const lower = 1 - (row + 0.98) / down;
    layout[`xaxis${number}`] = hiddenAxis({
      domain: [left, right],
      anchor: `y${number}`,
      constrain: 'domain',
    });
    layout[`yaxis${number}`] = hiddenAxis({
      domain: [lower, upper],
      anchor: `x${number}`,
      autorange: 'reversed',
      scaleanchor: `x${number}`,
      constrain: 'domain',
    });
    if (image.title) {
      annotations.push({
        text: image.title,
        x: (left + right) / 2,
        y: upper,
        xref: 'paper',
        yref: 'paper',
        xanchor: 'center',
        yanchor: 'bottom',
        showarrow: false,
        font: { size: 12 },
      });
    }
    return {
      type: 'image',
      source: pictureSource(image),
      xaxis: `x${number}`,
      yaxis: `y${number}`,
      hovertemplate: 'row %{y}, column %{x}<extra></extra>',
    };
  });
  return { ...named(name), data: [...pictures, ...keys], layout: { ...layout, annotations } };
}
