/**
 * Arrays as numpy's .npz: a zip of .npy files (numpy.lib.format, version 1.0). By hand, since a .npy is one line of text
 * before the bytes, and no maintained npm package writes it; the zip is fflate's.
 */
import { zipSync, type Zippable } from 'fflate';
import { encodeValues } from './safetensors/dtypes';

/** Values in numpy's order (the last index fastest), or one text per element. */
export type NpyValues =
  Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array | readonly string[];

export interface NpyArray {
  /** Sizes of the axes; [] for a single value. */
  shape: readonly number[];
  values: NpyValues;
  /** Bytes that are 0 or 1, as numpy's bool. */
  bool?: boolean;
}

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** numpy aligns the values to this many bytes. */
const ALIGNMENT = 64;

/**
 * One array as .npy, little-endian.
 * @throws RangeError where the values don't fill the shape
 */
export function encodeNpy({ shape, values, bool = false }: NpyArray): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== values.length)
    throw new RangeError(`shape [${shape.join(', ')}] has ${count} values, not ${values.length}`);
  const { descr, bytes } = isTexts(values) ? encodeTexts(values) : encodeNumbers(values);
  // A tuple of one has a comma in Python.
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${bool ? '|b1' : descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const before = MAGIC.length + 2;
  const length = Math.ceil((before + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(length, ' ');
  head.set(MAGIC);
  head.writeUInt16LE(length - before, MAGIC.length);
  head.write(text, before, 'latin1');
  head.write('\n', length - 1, 'latin1');
  return Buffer.concat([head, bytes]);
}

function isTexts(values: NpyValues): values is readonly string[] {
  return Array.isArray(values);
}

function encodeNumbers(values: Exclude<NpyValues, readonly string[]>): Encoded {
  const descr =
    values instanceof Uint8Array
      ? '|u1'
      : `<${values instanceof Float32Array || values instanceof Float64Array ? 'f' : 'i'}${values.BYTES_PER_ELEMENT}`;
  return { descr, bytes: encodeValues(values) };
}

interface Encoded {
  descr: string;
  bytes: Uint8Array;
}

/** UTF-32, each padded with 0 to the longest. */
function encodeTexts(texts: readonly string[]): Encoded {
  const points = texts.map((text) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0));
  const longest = Math.max(1, ...points.map((own) => own.length));
  const values = new Uint32Array(texts.length * longest);
  points.forEach((own, i) => values.set(own, i * longest));
  return { descr: `<U${longest}`, bytes: encodeValues(values) };
}

/** Named arrays as .npz; equal arrays give equal bytes. */
export function encodeNpz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  // A fixed date, without a time zone.
  const options = { level: 6, mtime: new Date(1980, 0, 1) } as const;
  const files: Zippable = {};
  for (const [name, array] of Object.entries(arrays))
    files[`${name}.npy`] = [encodeNpy(array), options];
  return zipSync(files);
}
