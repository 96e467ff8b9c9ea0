/** Writes text into an image of pixels. */
import { inflateSync } from 'node:zlib';
import { CHARACTERS, SHEETS, type GlyphSheet } from './glyphs';
import { INK } from './frame';
import { channels } from './scale';

export interface Raster {
  width: number;
  height: number;
  /** `[red, green, blue]` bytes, row by row. */
  pixels: Uint8Array;
}

interface Sheet extends Pick<GlyphSheet, 'size' | 'height' | 'baseline'> {
  /** Left edges of the glyphs in a row of the sheet, and the end of the last. */
  lefts: number[];
  /** Opacities 0..15. */
  opacities: Uint8Array;
}

const PLACES = new Map([...CHARACTERS].map((character, i) => [character, i]));
const unpacked = new Map<GlyphSheet, Sheet>();

function unpack(sheet: GlyphSheet): Sheet {
  const found = unpacked.get(sheet);
  if (found) return found;
  const lefts = [0];
  for (const width of Buffer.from(sheet.widths, 'base64'))
    lefts.push(lefts[lefts.length - 1] + width);
  const packed = inflateSync(Buffer.from(sheet.data, 'base64'));
  const opacities = new Uint8Array(2 * packed.length);
  packed.forEach((two, i) => opacities.set([two >> 4, two & 15], 2 * i));
  const { size, height, baseline } = sheet;
  const made = { size, height, baseline, lefts, opacities };
  unpacked.set(sheet, made);
  return made;
}

/** The sheet whose size is nearest. */
function sheetOf(size: number): Sheet {
  return unpack(
    SHEETS.reduce((best, one) =>
      Math.abs(one.size - size) < Math.abs(best.size - size) ? one : best,
    ),
  );
}

function placesOf(content: string): number[] {
  return [...content].map((character) => PLACES.get(character) ?? PLACES.size - 1);
}

/** Pixels of the sheets per pixel of the image, whose edges are then as smooth as a browser's. */
const DENSITY = 2;

/** Pixels from the start of a text to its end. */
export function textWidth(content: string, size: number): number {
  const { lefts } = sheetOf(DENSITY * size);
  const wide = placesOf(content).reduce((sum, i) => sum + lefts[i + 1] - lefts[i], 0);
  return wide / DENSITY;
}

/** Writes one line; characters without a glyph are empty boxes. Whatever is outside of the image is cut. */
export function drawText(
  { width, height, pixels }: Raster,
  content: string,
  left: number,
  baseline: number,
  size: number,
): void {
  const sheet = sheetOf(DENSITY * size);
  const row = sheet.lefts[sheet.lefts.length - 1];
  const top = Math.round(DENSITY * baseline) - sheet.baseline;
  const ink = channels(INK);
  /** Of the image's pixels that have ink: how much of each is covered. */
  const covered = new Map<number, number>();
  let at = Math.round(DENSITY * left);
  for (const i of placesOf(content)) {
    const [from, to] = [sheet.lefts[i], sheet.lefts[i + 1]];
    for (let y = 0; y < sheet.height; y += 1) {
      const down = Math.floor((top + y) / DENSITY);
      if (down < 0 || down >= height) continue;
      for (let x = 0; x < to - from; x += 1) {
        const across = Math.floor((at + x) / DENSITY);
        const opacity = sheet.opacities[y * row + from + x] / 15;
        if (opacity === 0 || across < 0 || across >= width) continue;
        const pixel = down * width + across;
        covered.set(pixel, (covered.get(pixel) ?? 0) + opacity / DENSITY ** 2);
      }
    }
    at += to - from;
  }
  for (const [pixel, share] of covered)
    for (let c = 0; c < 3; c += 1)
      pixels[3 * pixel + c] = Math.round(share * ink[c] + (1 - share) * pixels[3 * pixel + c]);
}
