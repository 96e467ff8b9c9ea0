/**
 * Bytes of a plain or gzipped file, never more than asked for.
 *
 * Node's zlib as a stream: nifti-reader-js unpacks without a bound and several times slower. A file is
 * known for gzipped by its first two bytes, not by its name.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ReaderError } from '../../errors';

/** Deflate can't pack better than this (zlib's own documentation). */
const MOST_PACKED = 1032;
const CHUNK_BYTES = 256 * 1024;

/** The start of a file. */
export interface FileHead {
  /** At most as many as asked for; fewer where the file is shorter. Unpacked. */
  bytes: Buffer;
  gzipped: boolean;
  /** Size on disk. */
  fileBytes: number;
}

/**
 * The first bytes of a file, unpacked.
 * @throws ReaderError when it isn't there, isn't a file, or is a broken gzip
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
    throw new ReaderError(
      `${file} can't be read (${(cause as Error).message}); check the path`,
      { file },
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

/**
 * The whole file, unpacked, which must be exactly `promised` bytes long. What is wrong is found
 * before memory is taken: by the size on disk, or while unpacking.
 *
 * @param promise what promises that size, for messages ("dim [3, 240, 240, 155] of int16")
 * @throws ReaderError for fewer or more bytes, or a gzip that is broken
 */
export async function readExactly(
  file: string,
  { gzipped, fileBytes }: Pick<FileHead, 'gzipped' | 'fileBytes'>,
  promised: number,
  promise: string,
): Promise<Buffer> {
  const fault = (held: string, value: number): ReaderError =>
    new ReaderError(
      `${file}: the header promises ${promised} bytes (${promise}) and the file ${held}; get the file again`,
      { file, field: 'length', value },
    );
  if (!gzipped && fileBytes !== promised) throw fault(`has ${fileBytes}`, fileBytes);
  if (gzipped && promised > fileBytes * MOST_PACKED) {
    throw fault(`is a gzip of ${fileBytes} bytes, which can't hold that`, fileBytes);
  }
  const parts: Buffer[] = [];
  let got = 0;
  for await (const part of gzipped ? unpacked(file) : chunks(file)) {
    got += part.length;
    if (got > promised) throw fault('holds more', got);
    parts.push(part);
  }
  if (got < promised) throw fault(`holds ${got}`, got);
  return Buffer.concat(parts);
}

async function* chunks(file: string): AsyncGenerator<Buffer> {
  for await (const part of createReadStream(file, { highWaterMark: 4 * CHUNK_BYTES })) {
    yield part as Buffer;
  }
}

async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const part of gunzip) yield part as Buffer;
  } catch (cause) {
    throw new ReaderError(
      `${file}: not a whole gzip (${(cause as Error).message}); get the file again`,
      { file, field: 'gzip', value: (cause as NodeJS.ErrnoException).code },
      { cause },
    );
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
