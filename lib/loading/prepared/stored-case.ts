/**
 * A prepared case in one file, laid out so that a slab of slices can be read without the rest.
 *
 * Little-endian: "MCKDPREP", format version, D, H, W (uint32 each); in version 2 the case's box (start, grid, voxels of the regions
 * outside: nine of uint32; background: four of float32); for each slice of the four images and of the labels 8 bytes of its SHA-256; 8 bytes of
 * the SHA-256 of all this. Then the images [4, D, H, W] (float32, exactly as prepared) and the labels [D, H, W]
 * (uint8, codes 0, 1, 2, 4: the regions follow).
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { writeFileAtomic } from '../../base/atomic-write';
import { labelsOfRegions, regionMasks, REGIONS } from '../../datasets/brats/regions';
import { type CaseBox, type PreparedCase, type Sample } from '../sampling/sample';
import { voxelCount, type Size3 } from '../../volume/size';

export const STORED_MAGIC = 'MCKDPREP';
/** Of a whole case. */
export const STORED_VERSION = 1;
/** Of a case's box. */
export const STORED_WITH_BOX = 2;

const CHANNELS = MODALITIES.length;
const PREFIX_BYTES = 24;
const BOX_NUMBERS = 13;
const CHECK_BYTES = 8;
/** No case is larger, and the table of checksums stays small. */
const LARGEST_SIZE = 4096;

/** A file isn't what was written; only for the cache, which then makes it again. */
export class DamagedFile extends Error {
  constructor(file: string, problem: string) {
    super(`${file} is damaged (${problem})`);
    this.name = 'DamagedFile';
  }
}

/** The header of a file, checked. */
export interface StoredCase {
  file: string;
  size: Size3;
  box?: CaseBox;
  /** [4 * D, then D, 8] bytes. */
  checks: Uint8Array;
}

/** The case in a file, or its part, as far as the file's layout depends on it. */
type Layout = Pick<PreparedCase, 'size' | 'box'>;

/** Bytes that a case takes in its file. */
export function storedBytes(layout: Layout): number {
  return headerBytes(layout) + voxelCount(layout.size) * (4 * CHANNELS + 1);
}

/**
 * Writes a case atomically.
 * @throws UserError naming the file when it can't be written
 */
export function writeStored(
  file: string,
  { size, images, regions, box }: Omit<PreparedCase, 'name'>,
): void {
  const voxels = bytesOf(images);
  const labels = labelsOfRegions(regions);
  const header = Buffer.alloc(headerBytes({ size, box }));
  header.write(STORED_MAGIC, 'latin1');
  const numbers = box
    ? [STORED_WITH_BOX, ...size, ...box.start, ...box.grid, ...box.regionsOutside]
    : [STORED_VERSION, ...size];
  numbers.forEach((value, i) => header.writeUInt32LE(value, 8 + 4 * i));
  box?.background.forEach((value, i) => header.writeFloatLE(value, 8 + 4 * (numbers.length + i)));
  let at = prefixBytes(box);
  for (const [bytes, sliceBytes] of [
    [voxels, 4 * size[1] * size[2]],
    [labels, size[1] * size[2]],
  ] as const) {
    for (let from = 0; from < bytes.length; from += sliceBytes, at += CHECK_BYTES) {
      header.set(check(bytes.subarray(from, from + sliceBytes)), at);
    }
  }
  header.set(check(header.subarray(0, at)), at);
  writeFileAtomic(file, [header, voxels, labels], { flush: true });
}

/**
 * Opens a file: its header, checked.
 * @returns undefined if there is no such file
 * @throws DamagedFile when it is incomplete, or not of this format
 */
export function openStored(file: string): StoredCase | undefined {
  return withFile(file, (descriptor) => {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    readAt(descriptor, file, prefix, 0);
    if (prefix.toString('latin1', 0, 8) !== STORED_MAGIC) throw new DamagedFile(file, 'its magic');
    const version = prefix.readUInt32LE(8);
    if (version !== STORED_VERSION && version !== STORED_WITH_BOX) {
      throw new DamagedFile(file, `its version ${version}`);
    }
    const size = [12, 16, 20].map((at) => prefix.readUInt32LE(at)) as unknown as Size3;
    if (!size.every((length) => length >= 1 && length <= LARGEST_SIZE)) {
      throw new DamagedFile(file, `its size ${size.join(' x ')}`);
    }
    const box = version === STORED_WITH_BOX ? readBox(descriptor, file) : undefined;
    const header = Buffer.alloc(headerBytes({ size, box }));
    readAt(descriptor, file, header, 0);
    const end = header.length - CHECK_BYTES;
    if (!check(header.subarray(0, end)).equals(header.subarray(end))) {
      throw new DamagedFile(file, 'the checksum of its header');
    }
    const { size: length } = fstatSync(descriptor);
    if (length !== storedBytes({ size, box })) throw new DamagedFile(file, `its length ${length}`);
    const checks = header.subarray(prefixBytes(box), end);
    return { file, size, ...(box ? { box } : {}), checks };
  });
}

function readBox(descriptor: number, file: string): CaseBox {
  const bytes = Buffer.alloc(4 * BOX_NUMBERS);
  readAt(descriptor, file, bytes, PREFIX_BYTES);
  const three = (from: number): Size3 =>
    [from, from + 1, from + 2].map((i) => bytes.readUInt32LE(4 * i)) as unknown as Size3;
  const background = MODALITIES.map((_, m) => bytes.readFloatLE(4 * (9 + m)));
  return { start: three(0), grid: three(3), background, regionsOutside: three(6) };
}

/**
 * The slices from..to-1 of all channels; nothing else of the file is read.
 * @throws DamagedFile when a checksum doesn't fit, or the file is gone
 */
export function readStoredSlab(stored: StoredCase, from: number, to: number): Sample {
  const [depth, height, width] = stored.size;
  const size: Size3 = [to - from, height, width];
  const count = voxelCount(size);
  const images = new Float32Array(CHANNELS * count);
  const labels = new Uint8Array(count);
  readSlices(stored, (read) => {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const part = images.subarray(channel * count, (channel + 1) * count);
      read(bytesOf(part), channel * depth + from);
    }
    read(labels, CHANNELS * depth + from);
  });
  return { size, images, regions: regionMasks(labels) };
}

/**
 * The regions of the whole case, [3, D, H, W].
 * @throws DamagedFile when a checksum doesn't fit, or the file is gone
 */
export function readStoredRegions(stored: StoredCase): Uint8Array {
  const labels = new Uint8Array(voxelCount(stored.size));
  readSlices(stored, (read) => read(labels, CHANNELS * stored.size[0]));
  return regionMasks(labels);
}

/** Bytes that a case of this size takes in memory. */
export function bytesInMemory(size: Size3): number {
  return voxelCount(size) * (4 * CHANNELS + REGIONS.length);
}

/** Slices are numbered from the first of the first image to the last of the labels. */
function readSlices(
  { file, size, box, checks }: StoredCase,
  run: (read: (bytes: Uint8Array, first: number) => void) => void,
): void {
  const [depth, height, width] = size;
  const done = withFile(file, (descriptor) => {
    run((bytes, first) => {
      const labels = first >= CHANNELS * depth;
      const sliceBytes = height * width * (labels ? 1 : 4);
      const before = labels ? first - CHANNELS * depth : first;
      const start = headerBytes({ size, box }) + (labels ? 4 * CHANNELS * voxelCount(size) : 0);
      readAt(descriptor, file, bytes, start + before * sliceBytes);
      for (let i = 0; i * sliceBytes < bytes.length; i++) {
        const own = check(bytes.subarray(i * sliceBytes, (i + 1) * sliceBytes));
        const at = (first + i) * CHECK_BYTES;
        if (own.equals(checks.subarray(at, at + CHECK_BYTES))) continue;
        throw new DamagedFile(file, `the checksum of ${labels ? 'label ' : ''}slice ${before + i}`);
      }
    });
    return true;
  });
  if (!done) throw new DamagedFile(file, 'it is gone');
}

function withFile<T>(file: string, read: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, file: string, into: Uint8Array, position: number): void {
  let got = 0;
  while (got < into.length) {
    let count: number;
    try {
      count = readSync(descriptor, into, got, into.length - got, position + got);
    } catch (cause) {
      throw unreadable(file, cause);
    }
    if (count === 0) throw new DamagedFile(file, `it ends after ${position + got} bytes`);
    got += count;
  }
}

function unreadable(file: string, cause: unknown): UserError {
  return new UserError(
    `${file} can't be read (${(cause as Error).message}); check its permissions, or remove it`,
    { code: 'CANNOT_READ', file },
    { cause },
  );
}

function headerBytes({ size: [depth], box }: Layout): number {
  return prefixBytes(box) + CHECK_BYTES * ((CHANNELS + 1) * depth + 1);
}

/** Bytes before the checksums. */
function prefixBytes(box: CaseBox | undefined): number {
  return PREFIX_BYTES + (box ? 4 * BOX_NUMBERS : 0);
}

function check(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, CHECK_BYTES);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
