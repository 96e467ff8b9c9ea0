/**
 * Bytes of a plain or gzipped file, never more than requested.
 *
 * Node's zlib as a stream: nifti-reader-js unpacks without a bound and several times slower. A file is
 * recognised as gzipped by its first two bytes, not by its name.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../base/errors';

/** Deflate can't pack better than this (zlib's own documentation). */
const MOST_PACKED = 1032;
const CHUNK_BYTES = 256 * 1024;

/** The start of a file. */
export interface FileHead {
  /** At most as many as requested; fewer if the file is shorter. Unpacked. */
  bytes: Buffer;
  gzipped: boolean;
  /** Size on disk. */
  fileBytes: number;
}

/**
 * The first bytes of a file, unpacked.
 * @throws UserError when it isn't there, isn't a file, or is a broken gzip
 */
export async function readHead(file: string, count: number): Promise<FileHead> {
  let plain: Buffer;
  let fileBytes: number;
  try {
    const handle = await open(file);
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) throw new Error('it is not a file');
      fileBytes = facts.size;
      plain = Buffer.alloc(Math.min(count, fileBytes));
      await handle.read(plain, 0, plain.length, 0);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UserError(
      `${file} can't be read (${(cause as Error).message}); check the path`,
      { code: 'CANNOT_READ', file },
      { cause },
    );
  }
  const gzipped = plain[0] === 0x1f && plain[1] === 0x8b;
  if (!gzipped) return { bytes: plain, gzipped, fileBytes };
  const parts: Buffer[] = [];
  let got = 0;
  for await (const part of unpacked(file)) {
    parts.push(part);
    got += part.length;
    if (got >= count) break;
  }
  return { bytes: Buffer.concat(parts).subarray(0, count), gzipped, fileBytes };
}

/** What a header promises about the file that holds the voxels. */
export interface Promised {
  /** Bytes before the voxels. */
  offset: number;
  /** Bytes of the voxels. */
  voxels: number;
  /** Bytes of memory that their values take beside these. */
  extra: number;
  /** What promises that, for messages ("dim [3, 240, 240, 155] of int16"). */
  by: string;
}

/**
 * A gzip may take this much memory, or a hundred times its own size, whichever is more: an empty label map of
 * BraTS' grid in int64 takes 137 MiB and packs to a thousandth, and nothing sensible is larger and as empty.
 */
const EMPTY_BYTES = 160 * 1024 * 1024;
const SENSIBLY_PACKED = 100;

/** The voxels' bytes, and what the file holds beyond them. */
export interface VoxelBytes {
  buffer: ArrayBuffer;
  /** Bytes after the voxels, which the header doesn't mention; of a gzip, at most MOST_BEHIND are counted. */
  behind: number;
}

/** So much of a gzip is unpacked after its voxels, to reach its checksum; no scan has more padding. */
export const MOST_BEHIND = 16 * 1024 * 1024;

/**
 * The voxels' bytes in a buffer of their own. What is wrong is found before memory is taken: by the size on disk,
 * or while unpacking. Bytes after the voxels are ignored, as in nibabel and ITK.
 *
 * @throws UserError for fewer bytes, a gzip that is broken, or one that unpacks to absurdly much
 */
export async function readVoxelBytes(
  file: string,
  { gzipped, fileBytes }: Pick<FileHead, 'gzipped' | 'fileBytes'>,
  { offset, voxels, extra, by }: Promised,
): Promise<VoxelBytes> {
  const promised = offset + voxels;
  const fault = (held: string, value: number): UserError =>
    new UserError(
      `${file}: the header promises ${promised} bytes (${by}) and the file ${held}; get the file again`,
      { code: 'BAD_FILE', file, field: 'length', value },
    );
  if (!gzipped && fileBytes < promised) throw fault(`has ${fileBytes}`, fileBytes);
  if (gzipped && promised > fileBytes * MOST_PACKED) {
    throw fault(`is a gzip of ${fileBytes} bytes, which can't hold that`, fileBytes);
  }
  const memory = voxels + extra;
  if (gzipped && memory > Math.max(EMPTY_BYTES, SENSIBLY_PACKED * fileBytes)) {
    throw new UserError(
      `${file}: a gzip of ${fileBytes} bytes would take ${Math.ceil(memory / 2 ** 20)} MiB of memory (${by}), which no scan does; get the file again, or unpack it with gunzip if that is intended`,
      { code: 'BAD_FILE', file, field: 'length', value: fileBytes },
    );
  }
  const buffer = new ArrayBuffer(voxels);
  const bytes = new Uint8Array(buffer);
  let got = 0;
  for await (const part of gzipped ? unpacked(file) : chunks(file, promised)) {
    // Bytes before the offset or after the voxels are not theirs.
    const from = Math.min(part.length, Math.max(0, offset - got));
    const to = Math.min(part.length, promised - got);
    if (from < to) bytes.set(part.subarray(from, to), got + from - offset);
    got += part.length;
    if (got - promised >= MOST_BEHIND) break;
  }
  if (got < promised) throw fault(`holds ${got}`, got);
  const behind = gzipped ? Math.min(got - promised, MOST_BEHIND) : fileBytes - promised;
  return { buffer, behind };
}

/** The first `count` bytes of a file that is not empty. */
async function* chunks(file: string, count: number): AsyncGenerator<Buffer> {
  const options = { highWaterMark: 4 * CHUNK_BYTES, end: count - 1 };
  for await (const part of createReadStream(file, options)) yield part as Buffer;
}

async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const part of gunzip) yield part as Buffer;
  } catch (cause) {
    throw new UserError(
      `${file}: not a whole gzip (${(cause as Error).message}); get the file again`,
      { code: 'BAD_FILE', file, field: 'gzip', value: (cause as NodeJS.ErrnoException).code },
      { cause },
    );
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
