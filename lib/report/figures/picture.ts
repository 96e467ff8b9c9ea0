/** A grey image and the labels over it as one PNG. */
import { encodePng } from '../../formats/png';
import { UserError } from '../../base/errors';
import type { Overlay } from './overlay';
import { channels, extremes, scaleColour } from './still/scale';
import { GREYS } from './theme';
import type { ColourScale } from './types';

export interface Picture {
  title?: string;
  width: number;
  height: number;
  /** Grey values row by row, `width * height` of them. */
  pixels: ArrayLike<number>;
  /** The values shown as black and white. Default: the image's own lowest and highest. */
  range?: [number, number];
  scale?: ColourScale;
  /** Labels in colours over it, named in the legend. */
  overlay?: Overlay;
}

/** Steps from the first to the last colour: neighbours can't be told apart by eye, and noise takes less room. */
const LEVELS = 48;

const DEFAULT_OPACITY = 0.55;

/**
 * @returns `data:image/png;base64,…`; values that are no numbers are white
 * @throws UserError if labels and image differ in size
 */
export function pictureSource(picture: Picture): string {
  const { width, height } = picture;
  return `data:image/png;base64,${encodePng(width, height, coloursOf(picture)).toString('base64')}`;
}

function coloursOf({ width, height, pixels, range, scale = GREYS, overlay }: Picture): Uint8Array {
  const count = width * height;
  if (overlay && overlay.labels.length !== count) {
    throw new UserError(
      `an overlay has ${overlay.labels.length} labels for an image of ${width} x ${height}; give it one label per pixel`,
      { code: 'MISMATCH', field: 'overlay.labels', value: overlay.labels.length },
    );
  }
  const [low, high] = range ?? rangeOf(pixels);
  const colours = Array.from({ length: LEVELS }, (_, level) =>
    channels(scaleColour(scale, level / (LEVELS - 1))),
  );
  const over = new Map(
    overlay?.colours.map(({ label, colour }) => [label, channels(colour)] as const),
  );
  const opacity = overlay?.opacity ?? DEFAULT_OPACITY;
  const out = new Uint8Array(3 * count).fill(255);
  for (let i = 0; i < count; i += 1) {
    const share = (pixels[i] - low) / (high - low || 1);
    if (!Number.isFinite(share)) continue;
    const colour = colours[Math.round(Math.min(1, Math.max(0, share)) * (LEVELS - 1))];
    const label = overlay && over.get(overlay.labels[i]);
    for (let c = 0; c < 3; c += 1)
      out[3 * i + c] = label
        ? Math.round(opacity * label[c] + (1 - opacity) * colour[c])
        : colour[c];
  }
  return out;
}

function rangeOf(pixels: ArrayLike<number>): [number, number] {
  const [low, high] = extremes(pixels);
  return low <= high ? [low, high] : [0, 1];
}
