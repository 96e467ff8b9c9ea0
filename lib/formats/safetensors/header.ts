/**
 * The header of a safetensors file: 8 bytes of length, little-endian, and that much JSON:
 *
 *   {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
 *
 * Offsets count from the header's end. The tensors cover the rest of the file without gap or overlap,
 * so everything a header says can be held against the file's size before any memory is taken.
 */
import { UserError } from '../../base/errors';
import { repeatedKey, showValue } from '../../base/json';
import { decodeUtf8 } from '../../base/text';
import { DTYPES, isDtype, type DtypeName } from './dtypes';

/** Where a tensor lies in its file. */
export interface TensorPlace {
  dtype: DtypeName;
  shape: readonly number[];
  /** Bytes from the header's end. */
  start: number;
  end: number;
}

export interface SafetensorsHeader {
  /** By name, in the order of the file. */
  tensors: ReadonlyMap<string, TensorPlace>;
  metadata: Readonly<Record<string, string>>;
}

/** Bytes of the length before the header. */
export const LENGTH_BYTES = 8;
const METADATA = '__metadata__';
/**
 * The official library takes 100 MB. JSON of small objects fills twenty times its length in memory and takes
 * its time, and this is already room for ten thousand tensors; a training of the kit has about 450.
 */
const MOST_HEADER_BYTES = 2_000_000;
/** Header, tensor, shape. */
const MOST_DEPTH = 3;
/** NumPy's bound; PyTorch and TensorFlow have no use for as many. */
const MOST_DIMENSIONS = 64;

type Fault = (field: string, value: unknown, should: string) => UserError;

function faultOf(file: string): Fault {
  return (field, value, should) =>
    new UserError(
      `${file}: ${field} is ${showValue(value)} and should be ${should}; get the file again or convert it again`,
      { code: 'BAD_FILE', file, field, value },
    );
}

/**
 * The bytes of JSON that a file's first 8 bytes promise.
 * @throws UserError where the file hasn't so many, or no header has
 */
export function headerLength(first: Buffer, fileBytes: number, file: string): number {
  const fault = faultOf(file);
  if (first.length < LENGTH_BYTES)
    throw fault('length', fileBytes, `at least ${LENGTH_BYTES} bytes`);
  const length = first.readBigUInt64LE(0);
  const most = Math.min(MOST_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length > most) throw fault('header length', length, `at most ${most} bytes`);
  return Number(length);
}

/**
 * Reads and checks a header.
 *
 * @param bytes the JSON
 * @param dataBytes how much of the file follows it
 * @throws UserError naming the file, the tensor, the field and its value: text that isn't UTF-8 JSON, a
 *   name twice, an unknown dtype, a shape that its bytes don't fit, a gap, an overlap, or offsets outside
 */
export function parseHeader(bytes: Buffer, dataBytes: number, file: string): SafetensorsHeader {
  const fault = faultOf(file);
  const entries = parseJson(bytes, fault);
  let metadata: Record<string, string> = {};
  const found: [string, TensorPlace][] = [];
  for (const [name, entry] of Object.entries(entries)) {
    if (!isObject(entry)) throw fault(name, entry, 'an object');
    if (name !== METADATA) {
      found.push([name, placeOf(name, entry, fault)]);
      continue;
    }
    for (const [key, text] of Object.entries(entry)) {
      if (typeof text !== 'string') throw fault(`${METADATA}.${key}`, text, 'a string');
    }
    // As it was parsed: a key such as __proto__ would be lost in a copy.
    metadata = entry as Record<string, string>;
  }
  found.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const [name, { start, end }] of found) {
    if (start !== covered) {
      const why = start < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw fault(`${name}.data_offsets`, [start, end], `from ${covered}, and ${why}`);
    }
    covered = end;
  }
  if (covered !== dataBytes)
    throw fault('bytes of tensors', dataBytes, `${covered}, by the header`);
  return { tensors: new Map(found), metadata };
}

function parseJson(bytes: Buffer, fault: Fault): Record<string, unknown> {
  let value: unknown;
  let twice: string | undefined;
  try {
    const text = decodeUtf8(bytes);
    twice = repeatedKey(text, MOST_DEPTH);
    value = JSON.parse(text);
  } catch (error) {
    const start = bytes.subarray(0, 40).toString('latin1');
    throw fault('header', start, `JSON (${(error as Error).message.slice(0, 200)})`);
  }
  if (!isObject(value)) throw fault('header', value, 'an object');
  if (twice !== undefined) throw fault(twice, 'there twice', 'there once');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function placeOf(name: string, entry: Record<string, unknown>, fault: Fault): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    throw fault(`${name}.dtype`, dtype, `one of ${Object.keys(DTYPES).join(', ')}`);
  }
  if (!(Array.isArray(shape) && shape.length <= MOST_DIMENSIONS && shape.every(isCount))) {
    throw fault(`${name}.shape`, shape, `up to ${MOST_DIMENSIONS} whole numbers from 0`);
  }
  if (!(Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount))) {
    throw fault(`${name}.data_offsets`, offsets, 'two whole numbers from 0');
  }
  const [start, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, DTYPES[dtype].bytes);
  if (end - start !== bytes) {
    const says = `${bytes} bytes apart, as [${shape.join(', ')}] of ${dtype} is`;
    throw fault(`${name}.data_offsets`, offsets, says);
  }
  return { dtype, shape, start, end };
}
