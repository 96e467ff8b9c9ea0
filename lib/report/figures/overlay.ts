/** Labels over an image in half-transparent colours, and their legend. */
import { UserError } from '../../base/errors';
import type { ColourScale, HeatmapTrace, ScatterTrace } from './types';

/** Name and colour of a label. */
export interface LabelColour {
  label: number;
  /** `#rrggbb` */
  colour: string;
  /** Named in the legend. */
  name: string;
}

export interface Overlay {
  /** One label per pixel, row by row like the image's own pixels. */
  labels: ArrayLike<number>;
  /** The labels that are shown; others are transparent. */
  colours: readonly LabelColour[];
  /** Default: 0.55. */
  opacity?: number;
}

/** A discrete colour scale: the values 0, 1, 2, … from -0.5 to `colours.length - 0.5`. */
function steps(colours: readonly LabelColour[]): ColourScale {
  const count = colours.length;
  return colours.flatMap(({ colour }, i): ColourScale => [
    [i / count, colour],
    [(i + 1) / count, colour],
  ]);
}

/**
 * The overlay as a heat map of the labels' indices in `colours`; transparent pixels are empty.
 * @throws UserError if labels and image differ in size
 */
export function overlayTrace(
  { labels, colours, opacity = 0.55 }: Overlay,
  { width, height }: { width: number; height: number },
): HeatmapTrace {
  if (labels.length !== width * height) {
    throw new UserError(
      `an overlay has ${labels.length} labels for an image of ${width} x ${height}; give it one label per pixel`,
      { code: 'MISMATCH', field: 'overlay.labels', value: labels.length },
    );
  }
  const place = new Map(colours.map(({ label }, i) => [label, i]));
  return {
    type: 'heatmap',
    z: Array.from({ length: height }, (_, row) =>
      Array.from(
        { length: width },
        (__, column) => place.get(labels[row * width + column]) ?? null,
      ),
    ),
    colorscale: steps(colours),
    zmin: -0.5,
    zmax: colours.length - 0.5,
    opacity,
    showscale: false,
    // Hovering reads the image underneath.
    hoverinfo: 'skip',
    hoverongaps: false,
  };
}

/** A legend entry for every colour of the overlays: traces without points. */
export function overlayKeys(overlays: readonly (Overlay | undefined)[]): ScatterTrace[] {
  const named = new Map(
    overlays.flatMap((overlay) => overlay?.colours ?? []).map((one) => [one.name, one]),
  );
  return [...named.values()].map(({ name, colour }) => ({
    type: 'scatter',
    mode: 'markers',
    name,
    x: [null],
    y: [null],
    marker: { color: colour, size: 12, symbol: 'square' },
    showlegend: true,
    hoverinfo: 'skip',
  }));
}
