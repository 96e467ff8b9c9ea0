/** The fields of a NIfTI header that readers use, and values to try in them. */
import type { RandomStream } from '../../base/random';

type Kind = 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'uint8';

export interface HeaderField {
  name: string;
  at: number;
  kind: Kind;
  values: readonly number[];
}

const INTEGERS = [-32768, -1, 0, 1, 2, 3, 4, 5, 7, 8, 255, 32767];
const REALS = [0, -0, 1, -1, 0.5, -2, 1e-45, 1e-3, 3e38, -3e38, 1e300, Infinity, -Infinity, NaN];
const DATATYPES = [
  0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304, -2,
];
const OFFSETS = [
  0,
  -352,
  1,
  347,
  348,
  351,
  352,
  352.5,
  353,
  356,
  540,
  544,
  548,
  1e9,
  2 ** 31,
  2 ** 60,
  NaN,
  Infinity,
];

const many = (
  name: string,
  count: number,
  at: number,
  step: number,
  kind: Kind,
  values: readonly number[],
): HeaderField[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `${name}[${i}]`,
    at: at + step * i,
    kind,
    values,
  }));

/** NIfTI-1's fields, by nifti1.h. */
const FIRST: readonly HeaderField[] = [
  { name: 'sizeof_hdr', at: 0, kind: 'int32', values: [348, 540, 0, 1543569408] },
  ...many('dim', 8, 40, 2, 'int16', INTEGERS),
  { name: 'datatype', at: 70, kind: 'int16', values: DATATYPES },
  { name: 'bitpix', at: 72, kind: 'int16', values: [0, 1, 8, 16, 24, 32, 64, 128, -8] },
  ...many('pixdim', 8, 76, 4, 'float32', REALS),
  { name: 'vox_offset', at: 108, kind: 'float32', values: OFFSETS },
  { name: 'scl_slope', at: 112, kind: 'float32', values: REALS },
  { name: 'scl_inter', at: 116, kind: 'float32', values: REALS },
  { name: 'xyzt_units', at: 123, kind: 'uint8', values: [0, 1, 2, 3, 4, 7, 8, 10, 11, 255] },
  { name: 'qform_code', at: 252, kind: 'int16', values: INTEGERS },
  { name: 'sform_code', at: 254, kind: 'int16', values: INTEGERS },
  ...many('quatern', 3, 256, 4, 'float32', REALS),
  ...many('qoffset', 3, 268, 4, 'float32', REALS),
  ...many('srow', 12, 280, 4, 'float32', REALS),
  ...many('magic', 4, 344, 1, 'uint8', [0, 0x2b, 0x31, 0x32, 0x69, 0x6e]),
];

/** NIfTI-2's, by nifti2.h. */
const SECOND: readonly HeaderField[] = [
  { name: 'sizeof_hdr', at: 0, kind: 'int32', values: [348, 540, 0, 469893120] },
  ...many('magic', 8, 4, 1, 'uint8', [0, 0x0a, 0x2b, 0x31, 0x32, 0x69, 0x6e]),
  { name: 'datatype', at: 12, kind: 'int16', values: DATATYPES },
  { name: 'bitpix', at: 14, kind: 'int16', values: [0, 1, 8, 16, 24, 32, 64, 128, -8] },
  ...many('dim', 8, 16, 8, 'int64', [...INTEGERS, 2 ** 31, 2 ** 32 + 1, 2 ** 52, -(2 ** 40)]),
  ...many('pixdim', 8, 104, 8, 'float64', REALS),
  { name: 'vox_offset', at: 168, kind: 'int64', values: OFFSETS.filter(Number.isInteger) },
  { name: 'scl_slope', at: 176, kind: 'float64', values: REALS },
  { name: 'scl_inter', at: 184, kind: 'float64', values: REALS },
  { name: 'qform_code', at: 344, kind: 'int32', values: INTEGERS },
  { name: 'sform_code', at: 348, kind: 'int32', values: INTEGERS },
  ...many('quatern', 3, 352, 8, 'float64', REALS),
  ...many('qoffset', 3, 376, 8, 'float64', REALS),
  ...many('srow', 12, 400, 8, 'float64', REALS),
  { name: 'xyzt_units', at: 500, kind: 'int32', values: [0, 1, 2, 3, 4, 7, 8, 10, 11, -1] },
];

/** Sets a field to an edge-case or random value; returns a description. */
export function setField(
  stream: RandomStream,
  header: Buffer,
  version: 1 | 2,
  littleEndian: boolean,
): string {
  const fields = version === 1 ? FIRST : SECOND;
  const { name, at, kind, values } = fields[stream.integer(fields.length)];
  const real = kind.startsWith('float');
  const random = stream.integer(4) === 0;
  const value = !random
    ? values[stream.integer(values.length)]
    : real
      ? stream.normal() * 10 ** (stream.integer(9) - 4)
      : stream.integer(65536) - 32768;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (kind === 'uint8') view.setUint8(at, value);
  else if (kind === 'int16') view.setInt16(at, value, littleEndian);
  else if (kind === 'int32') view.setInt32(at, value, littleEndian);
  else if (kind === 'int64') view.setBigInt64(at, BigInt(value), littleEndian);
  else if (kind === 'float32') view.setFloat32(at, value, littleEndian);
  else view.setFloat64(at, value, littleEndian);
  return `${name} = ${value}`;
}
