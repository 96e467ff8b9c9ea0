/** Safetensors files, and a small independent reader. */
import { readSafetensors } from '../../formats/safetensors';
import type { RandomStream } from '../../base/random';
import { mutateBytes, type Mutated } from './bytes';
import { jsonReference, mutateJson } from './json-text';
import type { FuzzTarget } from './types';

type Numbers = (number | bigint)[];

/** A file's content, for comparison. */
export interface TensorsReference {
  tensors: Record<string, { dtype: string; shape: number[]; values: Numbers }>;
  metadata: Record<string, string>;
}

const READ: Record<string, [bytes: number, read: (bytes: Buffer, at: number) => number | bigint]> =
  {
    F64: [8, (b, at) => b.readDoubleLE(at)],
    F32: [4, (b, at) => b.readFloatLE(at)],
    I64: [8, (b, at) => b.readBigInt64LE(at)],
    U64: [8, (b, at) => b.readBigUInt64LE(at)],
    I32: [4, (b, at) => b.readInt32LE(at)],
    U32: [4, (b, at) => b.readUInt32LE(at)],
    I16: [2, (b, at) => b.readInt16LE(at)],
    U16: [2, (b, at) => b.readUInt16LE(at)],
    I8: [1, (b, at) => b.readInt8(at)],
    U8: [1, (b, at) => b[at]],
    BOOL: [1, (b, at) => b[at]],
    BF16: [2, (b, at) => Buffer.from([0, 0, b[at], b[at + 1]]).readFloatLE(0)],
    F16: [2, (b, at) => half(b.readUInt16LE(at))],
  };

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size =
    exponent === 31
      ? fraction
        ? NaN
        : Infinity
      : exponent
        ? (1024 + fraction) * 2 ** (exponent - 25)
        : fraction * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}

/** The tensors in the bytes, by the format's description; undefined if header and data don't fit. */
export function tensorsReference(bytes: Buffer): TensorsReference | undefined {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const header = jsonReference(bytes.subarray(8, 8 + length))?.value as
      Record<string, never> | undefined;
    if (header === undefined || 8 + length > bytes.length) return undefined;
    const data = bytes.subarray(8 + length);
    const { __metadata__: metadata = {}, ...entries } = header;
    if (Object.values(metadata).some((text) => typeof text !== 'string')) return undefined;
    const found = Object.entries(
      entries as Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>,
    );
    const places = found
      .map(
        ([
          ,
          {
            data_offsets: [start, end],
          },
        ]) => [start, end],
      )
      .sort(([a, b], [c, d]) => a - c || b - d);
    if (places.some(([start], i) => start !== (places[i - 1]?.[1] ?? 0))) return undefined;
    if ((places.at(-1)?.[1] ?? 0) !== data.length) return undefined;
    const tensors: TensorsReference['tensors'] = {};
    for (const [name, { dtype, shape, data_offsets: offsets }] of found) {
      const [size, read] = READ[dtype];
      if (![...shape, ...offsets].every((n) => Number.isSafeInteger(n) && n >= 0)) return undefined;
      const count = shape.reduce((product, n) => product * n, 1);
      if (offsets.length !== 2 || offsets[1] - offsets[0] !== count * size) return undefined;
      const values = Array.from({ length: count }, (_, i) => read(data, offsets[0] + i * size));
      Object.defineProperty(tensors, name, { value: { dtype, shape, values }, enumerable: true });
    }
    return { tensors, metadata };
  } catch {
    return undefined;
  }
}

/** The file's bytes: a header of this JSON, and data. */
export function safetensorsBytes(json: Buffer, data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** The value of a valid file's header, and the data after it. */
export function partsOf(bytes: Buffer): { header: unknown; data: Buffer } {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  return { header: JSON.parse(bytes.toString('utf8', 8, end)), data: bytes.subarray(end) };
}

/** The header's JSON mutated, its bytes, or bytes anywhere. */
export function mutateSafetensors(stream: RandomStream, bytes: Buffer): Mutated {
  if (stream.integer(2) === 0) return mutateBytes(stream, bytes);
  const { header, data } = partsOf(bytes);
  const mutated = mutateJson(stream, header);
  return { bytes: safetensorsBytes(mutated.bytes, data), how: `header: ${mutated.how}` };
}

function soundFile(stream: RandomStream): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', note: 'a: {"b": 1}' } };
  const names = stream.shuffle(Object.keys(READ)).slice(0, 1 + stream.integer(5));
  let start = 0;
  for (const dtype of names) {
    const shape = Array.from({ length: stream.integer(4) }, () => stream.integer(4));
    const end = start + shape.reduce((product, n) => product * n, READ[dtype][0]);
    header[`layer.${dtype}.weight`] = { dtype, shape, data_offsets: [start, end] };
    start = end;
  }
  const data = Buffer.from(Array.from({ length: start }, () => stream.integer(256)));
  return safetensorsBytes(Buffer.from(JSON.stringify(header)), data);
}

const FILE = 'weights.safetensors';

const safetensors: FuzzTarget = {
  name: 'safetensors',
  names: 'file',
  cost: 1,
  make(stream) {
    const { bytes, how } = mutateSafetensors(stream, soundFile(stream));
    return { files: { [FILE]: bytes }, how };
  },
  read: readSafetensors,
  data({ tensors, metadata }: Awaited<ReturnType<typeof readSafetensors>>): TensorsReference {
    const plain: TensorsReference['tensors'] = {};
    for (const [name, { dtype, shape, values }] of tensors) {
      const value = { dtype, shape: [...shape], values: [...(values as Iterable<number>)] };
      Object.defineProperty(plain, name, { value, enumerable: true });
    }
    return { tensors: plain, metadata: { ...metadata } };
  },
  expected: ({ [FILE]: bytes }) => tensorsReference(bytes),
};

/** Headers of many megabytes, each a different way to take more memory than their bytes. */
const largeHeader: FuzzTarget = {
  name: 'safetensors-header',
  names: 'file',
  cost: 40,
  alone: true,
  make(stream) {
    const size = [1, 1.9, 3.9, 20][stream.integer(4)] * 1e6;
    const unit = [
      '"%":{},',
      '"%":[],',
      '"%":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},',
      '"%":0,',
      '{',
      '[',
      ' ',
    ][stream.integer(7)];
    // Written into one buffer: millions of strings would take more memory than a reader may.
    const text = Buffer.alloc(size + 131072);
    let end = text.write('{');
    for (let i = 0; end < size; i++) {
      const part = unit.length < 3 ? unit.repeat(65536) : unit.replace('%', i.toString(36));
      end += text.write(part, end);
    }
    if (text[end - 1] === 0x2c) end -= 1;
    end += text.write('}', end);
    const json = text.subarray(0, end);
    return {
      files: { [FILE]: safetensorsBytes(json, Buffer.alloc(0)) },
      how: `${size / 1e6} MB of ${unit}`,
    };
  },
  read: readSafetensors,
  data: ({ tensors }: Awaited<ReturnType<typeof readSafetensors>>) => [...tensors.keys()],
  expected({ [FILE]: bytes }) {
    // Only the unit of valid entries makes a valid header.
    if (!bytes.includes('"dtype"') && !bytes.subarray(9).every((b) => b === 0x20 || b === 0x7d))
      return undefined;
    return Object.keys(partsOf(bytes).header as object);
  },
};

export const SAFETENSORS_TARGETS: readonly FuzzTarget[] = [safetensors, largeHeader];
