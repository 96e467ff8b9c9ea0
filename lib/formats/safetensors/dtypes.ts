/** The element types of safetensors, and the typed arrays that hold them. */
import { endianness } from 'node:os';

/** What a tensor's values are kept in. F16 and BF16 are widened to float32, which holds them exactly. */
export type TensorValues =
  | Float64Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Uint32Array
  | Int32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | Int8Array;

interface Dtype {
  /** Bytes per element. */
  bytes: 1 | 2 | 4 | 8;
  /** Elements from bytes of this machine's order, at an aligned start. */
  decode: (buffer: ArrayBuffer) => TensorValues;
}

/** In the order in which the official library lays tensors out: large elements first. */
export const DTYPES = {
  U64: { bytes: 8, decode: (buffer) => new BigUint64Array(buffer) },
  I64: { bytes: 8, decode: (buffer) => new BigInt64Array(buffer) },
  F64: { bytes: 8, decode: (buffer) => new Float64Array(buffer) },
  F32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  U32: { bytes: 4, decode: (buffer) => new Uint32Array(buffer) },
  I32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  BF16: { bytes: 2, decode: (buffer) => Float32Array.from(new Uint16Array(buffer), fromBfloat16) },
  F16: { bytes: 2, decode: (buffer) => Float32Array.from(new Uint16Array(buffer), fromFloat16) },
  U16: { bytes: 2, decode: (buffer) => new Uint16Array(buffer) },
  I16: { bytes: 2, decode: (buffer) => new Int16Array(buffer) },
  I8: { bytes: 1, decode: (buffer) => new Int8Array(buffer) },
  U8: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
  BOOL: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
} satisfies Record<string, Dtype>;

export type DtypeName = keyof typeof DTYPES;

export function isDtype(name: unknown): name is DtypeName {
  return typeof name === 'string' && Object.hasOwn(DTYPES, name);
}

/** The values in little-endian bytes that fill a buffer of their own; they may stay in it. */
export function decodeValues(buffer: ArrayBuffer, dtype: DtypeName): TensorValues {
  inMachineOrder(Buffer.from(buffer), DTYPES[dtype].bytes);
  return DTYPES[dtype].decode(buffer);
}

/** The little-endian bytes of values: a view of them where the machine is little-endian, else a copy. */
export function encodeValues(values: TensorValues): Uint8Array {
  const view = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === 'LE') return view;
  const copy = Buffer.from(view);
  inMachineOrder(copy, values.BYTES_PER_ELEMENT);
  return copy;
}

/** The dtype that a typed array is written as. */
export function dtypeOf(values: TensorValues): DtypeName {
  if (values instanceof Float32Array) return 'F32';
  if (values instanceof Float64Array) return 'F64';
  if (values instanceof BigInt64Array) return 'I64';
  if (values instanceof BigUint64Array) return 'U64';
  if (values instanceof Int32Array) return 'I32';
  if (values instanceof Uint32Array) return 'U32';
  if (values instanceof Int16Array) return 'I16';
  if (values instanceof Uint16Array) return 'U16';
  return values instanceof Int8Array ? 'I8' : 'U8';
}

function inMachineOrder(bytes: Buffer, elementBytes: number): void {
  if (endianness() === 'LE') return;
  if (elementBytes === 2) bytes.swap16();
  if (elementBytes === 4) bytes.swap32();
  if (elementBytes === 8) bytes.swap64();
}

/** The upper half of a float32. */
function fromBfloat16(bits: number): number {
  WORD[0] = bits << 16;
  return FLOAT[0];
}

const WORD = new Int32Array(1);
const FLOAT = new Float32Array(WORD.buffer);

/**
 * The nearest binary16 of each, ties to even; beyond its range infinity. In the form in which `write.ts` takes F16.
 */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    FLOAT[0] = value;
    const sign = (WORD[0] >>> 16) & 0x8000;
    const bits = WORD[0] & 0x7fffffff;
    if (bits > 0x7f800000) return sign | 0x7e00;
    // What rounds to 65,520 or more.
    if (bits >= 0x477ff000) return sign | 0x7c00;
    if (bits >= 0x38800000) {
      // The exponent's bias is 15 instead of 127; a carry out of the fraction raises it.
      return sign | ((bits - 0x38000000 + 0xfff + ((bits >> 13) & 1)) >> 13);
    }
    const scaled = Math.abs(value) * 2 ** 24;
    const below = Math.floor(scaled);
    const rest = scaled - below;
    const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
    return sign | (below + Number(up));
  });
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
