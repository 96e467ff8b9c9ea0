/** Writes safetensors files: whole or not at all, the same bytes for the same tensors. */
import { createHash, type Hash } from 'node:crypto';
import { UserError } from '../../base/errors';
import { writeFileAtomic, type WriteOptions } from '../../base/atomic-write';
import { dtypeOf, DTYPES, encodeValues, type DtypeName, type TensorValues } from './dtypes';

/** A tensor to be written. */
export interface TensorToWrite {
  shape: readonly number[];
  /** What it is written as; F16 is given as `toFloat16` makes it, BF16 is for reading only. */
  dtype: DtypeName;
  /** In C order; a function is called when its turn comes, so that one tensor is held at a time. */
  values: TensorValues | (() => TensorValues);
}

export interface SafetensorsOptions extends Pick<WriteOptions, 'previous'> {
  /**
   * Name of an extra tensor, U8 [32], the last of the file: the SHA-256 of all that is before its values, header
   * and all. `SafetensorsFile.sumBefore` gives what it should be.
   */
  checksum?: string;
}

/** Bytes of a SHA-256. */
export const CHECKSUM_BYTES = 32;

/** A tensor's bytes start at a multiple of this, as long as those before it have elements as large. */
const ALIGNMENT = 8;

/**
 * Writes tensors under their names, laid out as the official library does it: large elements first, then
 * by name, the header padded with spaces to a multiple of 8 bytes. Metadata are sorted by key. The checksum, where
 * there is one, comes last.
 *
 * @throws UserError naming the file where it can't be written
 * @throws Error for values that don't fill the shape or aren't of the dtype
 */
export function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
  { checksum, previous }: SafetensorsOptions = {},
): void {
  if (Object.hasOwn(tensors, '__metadata__')) {
    throw new UserError(`${file}: no tensor can be named __metadata__; rename it`, {
      code: 'BAD_VALUE',
      file,
    });
  }
  const order = Object.keys(DTYPES);
  const sorted = Object.entries(tensors).sort(
    ([a, { dtype: x }], [b, { dtype: y }]) =>
      order.indexOf(x) - order.indexOf(y) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  if (checksum === undefined) {
    writeFileAtomic(file, pieces(sorted, metadata), { flush: true, previous });
    return;
  }
  const hash = createHash('sha256');
  // A copy of the hash gives the sum of all that was written so far.
  const values = (): Uint8Array => hash.copy().digest();
  const last: TensorToWrite = { dtype: 'U8', shape: [CHECKSUM_BYTES], values };
  const content = hashed(pieces([...sorted, [checksum, last]], metadata), hash);
  writeFileAtomic(file, content, { flush: true, previous });
}

function* hashed(all: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const piece of all) {
    hash.update(piece);
    yield piece;
  }
}

function* pieces(
  tensors: readonly [string, TensorToWrite][],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  // Text by text, because an object would put names that are numbers first.
  const header: string[] = [];
  const keys = Object.keys(metadata).sort();
  const entry = (name: string, value: unknown): void => {
    header.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  };
  if (keys.length > 0) {
    entry('__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]])));
  }
  let start = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const end = start + byteLength(dtype, shape);
    entry(name, { dtype, shape, data_offsets: [start, end] });
    start = end;
  }
  const json = Buffer.from(`{${header.join(',')}}`, 'utf8');
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded));
  yield Buffer.concat([length, json, Buffer.alloc(padded - json.length, ' ')]);
  for (const [name, { dtype, shape, values }] of tensors) {
    const now = typeof values === 'function' ? values() : values;
    const is = shownAs(dtype, now);
    if (is !== dtype || now.byteLength !== byteLength(dtype, shape)) {
      throw new Error(
        `${name}: ${now.length} values of ${is} aren't [${shape.join(', ')}] of ${dtype}`,
      );
    }
    yield encodeValues(now);
  }
}

/** BOOL and F16 are given in the bytes of other arrays. */
function shownAs(dtype: DtypeName, values: TensorValues): DtypeName {
  if (dtype === 'BOOL' && values instanceof Uint8Array) return dtype;
  if (dtype === 'F16' && values instanceof Uint16Array) return dtype;
  return dtypeOf(values);
}

function byteLength(dtype: DtypeName, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, DTYPES[dtype].bytes);
}
