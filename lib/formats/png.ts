/** PNG files of 8 bits per value, written in the smallest of their forms and read back. By hand: a few lines round zlib. */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { UserError } from '../base/errors';

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Colour types of the format (PNG 1.2, section 4.1.1) and their values per pixel. */
const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const CHANNELS: Readonly<Record<number, number>> = { [GREY]: 1, [RGB]: 3, [PALETTE]: 1 };

interface Form {
  type: number;
  /** One row after the other. */
  values: Uint8Array;
  palette: Uint8Array | null;
}

/** Grey, else up to 256 colours by their number, else red, green and blue. */
function smallestForm(pixels: Uint8Array): Form {
  const count = pixels.length / 3;
  const colourOf = (i: number): number =>
    (pixels[3 * i] << 16) | (pixels[3 * i + 1] << 8) | pixels[3 * i + 2];
  const grey = pixels.every((value, i) => value === pixels[i - (i % 3)]);
  if (grey) {
    return {
      type: GREY,
      values: Uint8Array.from({ length: count }, (_, i) => pixels[3 * i]),
      palette: null,
    };
  }
  const colours = new Set<number>();
  for (let i = 0; i < count && colours.size <= 256; i += 1) colours.add(colourOf(i));
  if (colours.size > 256) return { type: RGB, values: pixels, palette: null };
  // From dark to light: neighbours in the image then have near numbers, which compress well.
  const light = (colour: number): number =>
    2 * ((colour >> 16) & 255) + 5 * ((colour >> 8) & 255) + (colour & 255);
  const sorted = [...colours].sort((a, b) => light(a) - light(b) || a - b);
  const place = new Map(sorted.map((colour, i) => [colour, i]));
  return {
    type: PALETTE,
    values: Uint8Array.from({ length: count }, (_, i) => place.get(colourOf(i)) ?? 0),
    palette: Uint8Array.from(
      sorted.flatMap((colour) => [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255]),
    ),
  };
}

/** Filters of the format: a value as it is, minus the one to its left, minus the one above. */
const NONE = 0;
const LEFT = 1;
const ABOVE = 2;

interface Lines {
  values: Uint8Array;
  /** Of a row. */
  length: number;
  channels: number;
}

/** Each row after the number of its filter. */
function filtered(
  { values, length, channels }: Lines,
  filterOf: (sizes: readonly number[], same: boolean) => number,
): Buffer {
  const height = values.length / length;
  const out = Buffer.alloc(height * (length + 1));
  const tried = [NONE, LEFT, ABOVE].map(() => new Uint8Array(length));
  for (let row = 0; row < height; row += 1) {
    const start = row * length;
    const sizes = [0, 0, 0];
    for (let i = 0; i < length; i += 1) {
      const value = values[start + i];
      const left = i < channels ? 0 : values[start + i - channels];
      const above = row === 0 ? 0 : values[start + i - length];
      tried[NONE][i] = value;
      tried[LEFT][i] = value - left;
      tried[ABOVE][i] = value - above;
      for (const [f, line] of tried.entries()) sizes[f] += Math.min(line[i], 256 - line[i]);
    }
    const filter = filterOf(sizes, sizes[ABOVE] === 0);
    out[row * (length + 1)] = filter;
    out.set(tried[filter], row * (length + 1) + 1);
  }
  return out;
}

/** Compressed by differences, which suits slopes, or by repetition, which suits enlarged pictures: whichever is smaller. */
function compressed(lines: Lines): Buffer {
  const level = { level: 9, memLevel: 9 };
  const differences = filtered(lines, (sizes) => sizes.indexOf(Math.min(...sizes)));
  const repetition = filtered(lines, (_, same) => (same ? ABOVE : NONE));
  const both = [
    deflateSync(differences, { ...level, strategy: constants.Z_FILTERED }),
    deflateSync(repetition, level),
  ];
  return both[0].length < both[1].length ? both[0] : both[1];
}

/** Rows of `[red, green, blue]` bytes, `width * height * 3` of them, as a PNG file. */
export function encodePng(width: number, height: number, pixels: Uint8Array): Buffer {
  const { type, values, palette } = smallestForm(pixels);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type, 0, 0, 0], 8);
  const channels = CHANNELS[type];
  const data = compressed({ values, length: width * channels, channels });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', palette)] : []),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Width and height of a PNG file, from its first bytes. */
export function pngSize(file: Buffer): { width: number; height: number } {
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

/**
 * Reads what `encodePng` writes.
 * @returns `[red, green, blue]` bytes, row by row
 * @throws UserError for any other PNG file
 */
export function decodePng(file: Buffer): { width: number; height: number; pixels: Uint8Array } {
  const { width, height } = pngSize(file);
  const type = file[25];
  const channels = CHANNELS[type];
  const parts: Buffer[] = [];
  let palette: Buffer | undefined;
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const name = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    if (name === 'IDAT') parts.push(content);
    if (name === 'PLTE') palette = content;
  }
  const length = width * channels;
  const rows = channels === undefined ? Buffer.alloc(0) : inflateSync(Buffer.concat(parts));
  if (rows.length !== height * (length + 1) || (type === PALETTE && !palette))
    throw unread('of another form');
  const values = new Uint8Array(height * length);
  for (let row = 0; row < height; row += 1) {
    const filter = rows[row * (length + 1)];
    if (filter > 2) throw unread(`with filter ${filter}`);
    for (let i = 0; i < length; i += 1) {
      const at = row * length + i;
      const left = i < channels ? 0 : values[at - channels];
      const above = row === 0 ? 0 : values[at - length];
      values[at] = rows[row * (length + 1) + 1 + i] + [0, left, above][filter];
    }
  }
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i += 1) {
    if (type === RGB) pixels.set(values.subarray(3 * i, 3 * i + 3), 3 * i);
    else if (palette) pixels.set(palette.subarray(3 * values[i], 3 * values[i] + 3), 3 * i);
    else pixels.fill(values[i], 3 * i, 3 * i + 3);
  }
  return { width, height, pixels };
}

function unread(what: string): UserError {
  return new UserError(`a PNG image is ${what}; only those that the kit writes are read`, {
    code: 'BAD_FILE',
    field: 'png',
  });
}
