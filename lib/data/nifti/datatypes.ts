/** The scalar types of NIfTI: their codes, sizes and typed arrays. */
import { endianness } from 'node:os';
import { ReaderError } from '../../errors';

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
  /** Bytes a voxel. */
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

/** Types that the format has and a scan has no use for; named, so that the message can say which. */
const OTHER_TYPES: Record<number, string> = {
  1: 'one bit a voxel',
  32: 'complex64',
  128: 'RGB colours',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'RGBA colours',
};

/**
 * The scalar type of a NIfTI code.
 * @throws ReaderError naming the file and the code, for colours, complex numbers and unknown codes
 */
export function datatypeOf(code: number, file: string): Datatype {
  const found = DATATYPES.find((type) => type.code === code);
  if (found) return found;
  const meaning = OTHER_TYPES[code] ? ` (${OTHER_TYPES[code]})` : '';
  throw new ReaderError(
    `${file}: datatype is ${code}${meaning} and should be a scalar type, one of ${DATATYPES.map(
      (type) => `${type.code} (${type.name})`,
    ).join(', ')}; convert the file`,
    { file, field: 'datatype', value: code },
  );
}

/**
 * The voxel values in the bytes of a file.
 *
 * @param buffer exactly the voxels' bytes; the values stay in it, so it is not to be used afterwards
 * @returns [voxels] in the stored type, not scaled; 64-bit integers as Float64Array
 * @throws ReaderError for a 64-bit integer beyond +-(2^53 - 1), naming file, voxel and value
 */
export function decodeVoxels(
  buffer: ArrayBuffer,
  type: Datatype,
  littleEndian: boolean,
  file: string,
): VoxelArray {
  if (littleEndian !== (endianness() === 'LE')) {
    const bytes = Buffer.from(buffer);
    if (type.bytes === 2) bytes.swap16();
    if (type.bytes === 4) bytes.swap32();
    if (type.bytes === 8) bytes.swap64();
  }
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

/** What the upper half counts. */
const UPPER = 2 ** 32;

/** 64-bit integers by their halves: many times faster than as bigint. Only the upper half may have a sign. */
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
      throw new ReaderError(
        `${file}: voxel ${i} is ${value}, too large to be kept exactly (over 2^53 - 1); convert the file to a smaller type`,
        { file, field: `voxel ${i}`, value: String(value) },
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

const INTEGER_RANGES: Partial<Record<DatatypeName, [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint32: [0, 4294967295],
  int32: [-2147483648, 2147483647],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/**
 * The little-endian bytes of voxel values.
 * @throws ReaderError for a value that the type can't hold exactly (a fraction, or out of its range)
 */
export function encodeVoxels(values: ArrayLike<number>, type: Datatype, file: string): Buffer {
  const range = INTEGER_RANGES[type.name];
  const bytes = Buffer.alloc(values.length * type.bytes);
  for (let i = 0, at = 0; i < values.length; i++, at += type.bytes) {
    const value = values[i];
    if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      throw new ReaderError(
        `${file}: voxel ${i} is ${value}, which ${type.name} can't hold; write it as float32`,
        { file, field: `voxel ${i}`, value },
      );
    }
    if (type.name === 'float32') bytes.writeFloatLE(value, at);
    else if (type.name === 'float64') bytes.writeDoubleLE(value, at);
    else if (type.name === 'uint64') bytes.writeBigUInt64LE(BigInt(value), at);
    else if (type.name === 'int64') bytes.writeBigInt64LE(BigInt(value), at);
    else if (type.name.startsWith('u')) bytes.writeUIntLE(value, at, type.bytes);
    else bytes.writeIntLE(value, at, type.bytes);
  }
  return bytes;
}
