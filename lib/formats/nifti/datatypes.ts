/** The scalar types of NIfTI: their codes, sizes and typed arrays. */
import { endianness } from 'node:os';
import { UserError } from '../../base/errors';

export type DatatypeName =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64';

/** What voxel values are kept in. 64-bit integers are kept as Float64Array. */
export type VoxelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface Datatype {
  name: DatatypeName;
  /** NIfTI's `datatype` code. */
  code: number;
  /** Bytes per voxel. */
  bytes: 1 | 2 | 4 | 8;
}

export const DATATYPES: readonly Datatype[] = [
  { name: 'uint8', code: 2, bytes: 1 },
  { name: 'int8', code: 256, bytes: 1 },
  { name: 'uint16', code: 512, bytes: 2 },
  { name: 'int16', code: 4, bytes: 2 },
  { name: 'uint32', code: 768, bytes: 4 },
  { name: 'int32', code: 8, bytes: 4 },
  { name: 'uint64', code: 1280, bytes: 8 },
  { name: 'int64', code: 1024, bytes: 8 },
  { name: 'float32', code: 16, bytes: 4 },
  { name: 'float64', code: 64, bytes: 8 },
];

/** Types of the format that no scan has; named for the error message. */
const OTHER_TYPES: Record<number, string> = {
  1: 'one bit per voxel',
  32: 'complex64',
  128: 'RGB colours',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'RGBA colours',
};

/**
 * The scalar type of a NIfTI code.
 * @throws UserError naming the file and the code, for colours, complex numbers and unknown codes
 */
export function datatypeOf(code: number, file: string): Datatype {
  const found = DATATYPES.find((type) => type.code === code);
  if (found) return found;
  const meaning = OTHER_TYPES[code] ? ` (${OTHER_TYPES[code]})` : '';
  throw new UserError(
    `${file}: datatype is ${code}${meaning} and should be a scalar type, one of ${DATATYPES.map(
      (type) => `${type.code} (${type.name})`,
    ).join(', ')}; convert the file`,
    { code: 'BAD_FILE', file, field: 'datatype', value: code },
  );
}

/**
 * The voxel values in the bytes of a file.
 *
 * @param buffer exactly the voxels' bytes; the values stay in it, so it is not to be used afterwards
 * @returns [voxels] in the stored type, not scaled; 64-bit integers as Float64Array
 * @throws UserError for a 64-bit integer beyond +-(2^53 - 1), naming file, voxel and value
 */
export function decodeVoxels(
  buffer: ArrayBuffer,
  type: Datatype,
  littleEndian: boolean,
  file: string,
): VoxelArray {
  if (littleEndian !== OWN_IS_LITTLE) swap(Buffer.from(buffer), type);
  switch (type.name) {
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'uint64':
      return safeNumbers(new Uint32Array(buffer), new Uint32Array(buffer), file);
    case 'int64':
      return safeNumbers(new Uint32Array(buffer), new Int32Array(buffer), file);
  }
}

/** This machine's byte order. */
const OWN_IS_LITTLE = endianness() === 'LE';

/** The other byte order, in place. */
function swap(bytes: Buffer, type: Datatype): void {
  if (type.bytes === 2) bytes.swap16();
  if (type.bytes === 4) bytes.swap32();
  if (type.bytes === 8) bytes.swap64();
}

/** The weight of the upper half. */
const UPPER = 2 ** 32;

/** 64-bit integers by their halves: many times faster than as bigint. Only the upper half is signed. */
function safeNumbers(
  lower: Uint32Array,
  upper: Uint32Array | Int32Array,
  file: string,
): Float64Array {
  const [low, high] = endianness() === 'LE' ? [0, 1] : [1, 0];
  const numbers = new Float64Array(lower.length / 2);
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = upper[2 * i + high] * UPPER + lower[2 * i + low];
    if (!Number.isSafeInteger(numbers[i])) {
      const value = BigInt(upper[2 * i + high]) * BigInt(UPPER) + BigInt(lower[2 * i + low]);
      throw new UserError(
        `${file}: voxel ${i} is ${value}, too large to be kept exactly (over 2^53 - 1); convert the file to a smaller type`,
        { code: 'BAD_FILE', file, field: `voxel ${i}`, value: String(value) },
      );
    }
  }
  return numbers;
}

/** Bytes of memory that the values of so many voxels take beside the file's own: what is scaled, and 64-bit integers, become float64. */
export function extraBytes({ name }: Datatype, voxels: number, scaled: boolean): number {
  const copies = (name.endsWith('int64') ? 1 : 0) + (scaled ? 1 : 0);
  return copies * voxels * Float64Array.BYTES_PER_ELEMENT;
}

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/**
 * The little-endian bytes of voxel values.
 * @throws UserError for a value that the type can't hold exactly (a fraction, or out of its range)
 */
export function encodeVoxels(values: ArrayLike<number>, type: Datatype, file: string): Buffer {
  const refuse = (i: number): never => {
    throw new UserError(
      `${file}: voxel ${i} is ${values[i]}, which ${type.name} can't hold; write it as float32`,
      { code: 'BAD_FILE', file, field: `voxel ${i}`, value: values[i] },
    );
  };
  const { buffer } =
    type.name === 'uint64' || type.name === 'int64'
      ? bigIntegers(values, type.name, refuse)
      : new ARRAYS[type.name](values);
  const bytes = Buffer.from(buffer);
  if (!type.name.startsWith('float') && !type.name.endsWith('64')) {
    // A value that the type can't hold has become another number.
    const stored = new ARRAYS[type.name as 'int16'](buffer);
    for (let i = 0; i < stored.length; i++) if (stored[i] !== values[i]) refuse(i);
  }
  if (!OWN_IS_LITTLE) swap(bytes, type);
  return bytes;
}

function bigIntegers(
  values: ArrayLike<number>,
  name: 'uint64' | 'int64',
  refuse: (i: number) => never,
): BigInt64Array | BigUint64Array {
  const unsigned = name === 'uint64';
  const stored = new (unsigned ? BigUint64Array : BigInt64Array)(values.length);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isSafeInteger(values[i]) || (unsigned && values[i] < 0)) refuse(i);
    stored[i] = BigInt(values[i]);
  }
  return stored;
}
