/** Labels over an image in half-transparent colours, and their legend. */
import type { ScatterTrace } from './types';

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
