/** Reads safetensors files, tensor by tensor. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../../base/errors';
import { decodeValues, type DtypeName, type TensorValues } from './dtypes';
import {
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorPlace,
} from './header';

/** A tensor in memory. */
export interface StoredTensor {
  /** The type in the file. */
  dtype: DtypeName;
  shape: readonly number[];
  /** In C order, 64-bit integers as bigint; F16 and BF16 widened to float32, BOOL as 0 and 1. */
  values: TensorValues;
}

/** An open file, its header checked. `close` it. */
export interface SafetensorsFile extends SafetensorsHeader {
  file: string;
  /**
   * Reads one tensor.
   * @throws UserError for a name that isn't in the file, or a file that was cut since it was opened
   */
  tensor(name: string): Promise<StoredTensor>;
  /**
   * SHA-256 of all bytes before a tensor's values, header and all: what `writeSafetensors` keeps as the checksum.
   * @throws UserError as `tensor`
   */
  sumBefore(name: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** Bytes read at once for a checksum. */
const SUM_BYTES = 1 << 24;

/**
 * Opens a file and reads its header alone.
 * @throws UserError naming the file, the tensor, the field and its value where anything in the header
 *   is wrong or doesn't fit the file's size; before memory for it is taken
 */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (cause) {
    throw new UserError(
      `${file} can't be read (${(cause as Error).message}); check the path`,
      { code: 'CANNOT_READ', file },
      { cause },
    );
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) {
      throw new UserError(`${file} can't be read (it is not a file); check the path`, {
        code: 'CANNOT_READ',
        file,
      });
    }
    const first = await bytesAt(handle, 0, Math.min(LENGTH_BYTES, facts.size), file);
    const length = headerLength(first, facts.size, file);
    const dataStart = LENGTH_BYTES + length;
    const json = await bytesAt(handle, LENGTH_BYTES, length, file);
    const header = parseHeader(json, facts.size - dataStart, file);
    const placeOf = (name: string): TensorPlace => {
      const place = header.tensors.get(name);
      if (place) return place;
      throw new UserError(
        `${file}: there is no tensor ${name} among its ${header.tensors.size}; check the name`,
        { code: 'MISSING', file, field: name },
      );
    };
    const tensor = async (name: string): Promise<StoredTensor> => {
      const { dtype, shape, start, end } = placeOf(name);
      const bytes = await bytesAt(handle, dataStart + start, end - start, file);
      return { dtype, shape, values: decodeValues(bytes.buffer as ArrayBuffer, dtype) };
    };
    const sumBefore = async (name: string): Promise<Buffer> => {
      const end = dataStart + placeOf(name).start;
      const hash = createHash('sha256');
      for (let at = 0; at < end; at += SUM_BYTES) {
        hash.update(await bytesAt(handle, at, Math.min(SUM_BYTES, end - at), file));
      }
      return hash.digest();
    };
    return { ...header, file, tensor, sumBefore, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a whole file.
 * @throws UserError as `openSafetensors`
 */
export async function readSafetensors(
  file: string,
): Promise<{ tensors: Map<string, StoredTensor>; metadata: Readonly<Record<string, string>> }> {
  const source = await openSafetensors(file);
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const name of source.tensors.keys()) tensors.set(name, await source.tensor(name));
    return { tensors, metadata: source.metadata };
  } finally {
    await source.close();
  }
}

/** Exactly `count` bytes; one read call brings at most 2 GB, and fewer where the system says so. */
async function bytesAt(
  handle: FileHandle,
  position: number,
  count: number,
  file: string,
): Promise<Buffer> {
  // In a buffer of their own, so that values can stay where they were read.
  const bytes = Buffer.from(new ArrayBuffer(count));
  for (let got = 0; got < count;) {
    const wanted = Math.min(count - got, 1 << 30);
    const { bytesRead } = await handle.read(bytes, got, wanted, position + got);
    if (bytesRead === 0) {
      throw new UserError(
        `${file}: ended at byte ${position + got} while it was read; get the file again`,
        { code: 'BAD_FILE', file, field: 'length', value: position + got },
      );
    }
    got += bytesRead;
  }
  return bytes;
}
