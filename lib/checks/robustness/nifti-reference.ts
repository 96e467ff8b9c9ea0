/**
 * An independent reader of NIfTI: an image's content by nifti1.h and nifti2.h, read directly from its bytes.
 * It shares no code with the kit's reader.
 */

export interface NiftiReference {
  shape: number[];
  /** Scaled. */
  values: number[];
  /** Twelve numbers, row by row, in mm. */
  affine: number[];
}

const TYPES: Record<
  number,
  [bytes: number, read: (view: DataView, at: number, le: boolean) => number | bigint]
> = {
  2: [1, (v, at) => v.getUint8(at)],
  256: [1, (v, at) => v.getInt8(at)],
  4: [2, (v, at, le) => v.getInt16(at, le)],
  512: [2, (v, at, le) => v.getUint16(at, le)],
  8: [4, (v, at, le) => v.getInt32(at, le)],
  768: [4, (v, at, le) => v.getUint32(at, le)],
  16: [4, (v, at, le) => v.getFloat32(at, le)],
  64: [8, (v, at, le) => v.getFloat64(at, le)],
  1024: [8, (v, at, le) => v.getBigInt64(at, le)],
  1280: [8, (v, at, le) => v.getBigUint64(at, le)],
};

/** Units of length in the low three bits of xyzt_units, in mm; unknown means mm. */
const UNITS: Record<number, number> = { 0: 1, 1: 1000, 2: 1, 3: 0.001 };

/**
 * The content of the bytes: `header` those of the header, `image` those of the voxels' file, which is the same
 * for a single file. Undefined if they are no complete, valid image.
 */
export function niftiReference(
  header: Buffer,
  image: Buffer,
  pair: boolean,
): NiftiReference | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (header.length < 348) return undefined;
  const sizes = [view.getInt32(0, true), view.getInt32(0, false)];
  const le = sizes[0] === 348 || sizes[0] === 540;
  const size = le ? sizes[0] : sizes[1];
  if ((size !== 348 && size !== 540) || header.length < size) return undefined;
  const one = size === 348;
  const magicAt = one ? 344 : 4;
  const magic = header.toString('latin1', magicAt, magicAt + 3);
  if (magic !== `n${pair ? 'i' : '+'}${one ? 1 : 2}`) return undefined;

  const real = (v1: number, v2: number): number =>
    one ? view.getFloat32(v1, le) : view.getFloat64(v2, le);
  const code = (v1: number, v2: number): number =>
    one ? view.getInt16(v1, le) : view.getInt32(v2, le);
  const dim = (i: number): number =>
    one ? view.getInt16(40 + 2 * i, le) : Number(view.getBigInt64(16 + 8 * i, le));
  const rank = dim(0);
  if (!(rank >= 1 && rank <= 7)) return undefined;
  const shape = Array.from({ length: rank }, (_, i) => dim(i + 1));
  if (shape.some((n) => n < 1)) return undefined;
  const type = TYPES[view.getInt16(one ? 70 : 12, le)];
  if (!type || view.getInt16(one ? 72 : 14, le) !== 8 * type[0]) return undefined;
  const offset = one ? view.getFloat32(108, le) : Number(view.getBigInt64(168, le));
  const count = shape.reduce((product, n) => product * n, 1);
  if (!Number.isInteger(offset) || offset < (pair ? 0 : size + 4)) return undefined;
  // Bytes after the voxels are ignored.
  if (image.length < offset + count * type[0]) return undefined;

  const affine = affineOf(real, code, one ? header[123] : view.getInt32(500, le));
  const values = scaled(image, offset, count, type, le, [real(112, 176), real(116, 184)]);
  return affine && values ? { shape, values, affine } : undefined;
}

function scaled(
  image: Buffer,
  offset: number,
  count: number,
  [bytes, read]: (typeof TYPES)[number],
  le: boolean,
  [slope, intercept]: [number, number],
): number[] | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  // A slope of 0, and by convention NaN, means that values are as stored.
  const plain = slope === 0 || Number.isNaN(slope);
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    const stored = read(view, offset + i * bytes, le);
    if (typeof stored === 'bigint' && BigInt.asIntN(54, stored) !== stored) return undefined;
    const value = plain ? Number(stored) : Number(stored) * slope + intercept;
    // Values beyond float64 can't be exact.
    if (Number.isFinite(Number(stored)) && !Number.isFinite(value)) return undefined;
    values.push(value);
  }
  return values;
}

function affineOf(
  real: (v1: number, v2: number) => number,
  code: (v1: number, v2: number) => number,
  units: number,
): number[] | undefined {
  const unit = UNITS[units & 7];
  if (unit === undefined) return undefined;
  const pixdim = (i: number): number => real(76 + 4 * i, 104 + 8 * i);
  let rows: number[];
  if (code(254, 348) > 0) {
    rows = Array.from({ length: 12 }, (_, i) => real(280 + 4 * i, 400 + 8 * i));
  } else {
    const spacing = [1, 2, 3].map(pixdim);
    if (spacing.some((mm) => !(mm > 0))) return undefined;
    if (code(252, 344) > 0) {
      const [b, c, d, x, y, z] = Array.from({ length: 6 }, (_, i) =>
        real(256 + 4 * i, 352 + 8 * i),
      );
      const rotation = rotationOf(b, c, d);
      if (!rotation) return undefined;
      const flip = pixdim(0) < 0 ? -1 : 1;
      const scale = [spacing[0], spacing[1], spacing[2] * flip];
      rows = [x, y, z].flatMap((shift, r) => [
        ...rotation[r].map((cell, i) => cell * scale[i]),
        shift,
      ]);
    } else {
      rows = [0, 1, 2].flatMap((r) => [0, 1, 2, 3].map((i) => (r === i ? spacing[r] : 0)));
    }
  }
  return rows.every(Number.isFinite) ? rows.map((cell) => cell * unit) : undefined;
}

function rotationOf(b: number, c: number, d: number): number[][] | undefined {
  const squares = b * b + c * c + d * d;
  if (!(squares <= 1 + 1e-5)) return undefined;
  const norm = squares > 1 ? Math.sqrt(squares) : 1;
  [b, c, d] = [b / norm, c / norm, d / norm];
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  // As in nifti1.h.
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
  ];
}
