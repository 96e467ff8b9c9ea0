/** Reads chosen files out of a .tar or .tar.gz, bounded, so that a broken or hostile one is an error and not a hang. */
import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { UserError } from '../base/errors';
import { showValue } from '../base/json';

/** Largest archive, unpacked: the whole public data set is 50 MB. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
/** Most bytes outside of files' contents: headers, long names, padding. Parsing them takes the time. */
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
/** Largest wanted file: the longest recording is 37 kB. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ENTRIES = 50_000;

export interface ArchiveLimits {
  unpackedBytes?: number;
  fileBytes?: number;
  /** Of headers and padding. */
  headerBytes?: number;
  entries?: number;
}

/** What is wrong with an entry of a wanted name: none may lead out of the archive, or link to another file. */
function oddity({ name, type }: Header): string | undefined {
  if (type !== 'file') return `a ${type}`;
  if (/^[\\/]|^[A-Za-z]:/.test(name)) return 'an absolute path';
  return name.split(/[\\/]/).includes('..') ? 'a path that leads outside' : undefined;
}

/** Called with a wanted file's base name and its bytes, one at a time, in the archive's order. */
export type ArchiveVisitor = (name: string, bytes: Buffer) => void | Promise<void>;

/**
 * Reads a tar archive from a stream, gunzipping it where it is gzipped.
 *
 * @param source the archive's bytes
 * @param file its path or address, for messages
 * @param wanted is this base name one for the visitor?
 * @throws UserError naming the archive and what is wrong; errors of the visitor and of the source
 *   pass unchanged
 */
export async function readArchive(
  source: Readable,
  file: string,
  wanted: (name: string) => boolean,
  visit: ArchiveVisitor,
  limits: ArchiveLimits = {},
): Promise<void> {
  const {
    unpackedBytes = MAX_UNPACKED_BYTES,
    fileBytes = MAX_FILE_BYTES,
    headerBytes = MAX_HEADER_BYTES,
    entries = MAX_ENTRIES,
  } = limits;
  const tooMuch = (field: string, value: number, limit: number): UserError =>
    new UserError(
      `${file}: ${field} is ${value}, over the limit of ${limit}, so it is not the archive of the recordings; replace it`,
      { code: 'BAD_FILE', file, field, value },
    );
  // Errors that are not the archive's own pass unchanged.
  const foreign = new Set<unknown>();
  source.once('error', (error) => foreign.add(error));

  const unpack = extract();
  let seenEntries = 0;
  let unpacked = 0;
  let inFiles = 0;
  unpack.on('entry', (header, stream, next) => {
    // The archive's error arrives through the pipeline; without a listener here it would be uncaught.
    stream.on('error', () => undefined);
    const name = header.name.split('/').pop() ?? '';
    seenEntries += 1;
    if (seenEntries > entries) return next(tooMuch('the number of entries', seenEntries, entries));
    // A folder has no content, whatever it claims; tar-stream's stream of one that claims some never ends.
    if (header.type === 'directory') return next();
    inFiles += header.size ?? 0;
    const odd = wanted(name) ? oddity(header) : undefined;
    if (odd !== undefined) {
      return next(
        new UserError(
          `${file}: ${showValue(header.name)} is ${odd}, and should be a file inside of the archive's own folder; get the archive again`,
          { code: 'BAD_FILE', file, field: 'entry', value: header.name },
        ),
      );
    }
    if (header.type !== 'file' || !wanted(name)) {
      stream.on('end', () => next());
      stream.resume();
      return;
    }
    if ((header.size ?? 0) > fileBytes) {
      return next(tooMuch(`the size of ${header.name}`, header.size ?? 0, fileBytes));
    }
    const parts: Buffer[] = [];
    stream.on('data', (part) => parts.push(part as Buffer));
    stream.on('end', () => {
      Promise.resolve()
        .then(() => visit(name, Buffer.concat(parts)))
        .then(
          () => next(),
          (error: Error) => {
            foreign.add(error);
            next(error);
          },
        );
    });
  });

  const gate = new Transform({
    transform(part: Buffer, _encoding, done) {
      unpacked += part.length;
      if (unpacked > unpackedBytes) {
        return done(tooMuch('the unpacked size in bytes', unpacked, unpackedBytes));
      }
      if (unpacked - inFiles > headerBytes) {
        return done(
          tooMuch('the number of bytes outside of files', unpacked - inFiles, headerBytes),
        );
      }
      done(null, part);
    },
  });

  try {
    const { head, rest } = await peek(source, 2);
    // A download that never began would pass for an empty archive.
    if (head.length === 0) throw new Error('it is empty');
    const gzipped = head.length === 2 && head[0] === 0x1f && head[1] === 0x8b;
    if (gzipped) await pipeline(rest, createGunzip(), gate, unpack);
    else await pipeline(rest, gate, unpack);
  } catch (cause) {
    if (cause instanceof UserError || foreign.has(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${file}: not a whole .tar or .tar.gz archive (${reason}); get it again`,
      { code: 'BAD_FILE', file, field: 'archive', value: reason },
      { cause },
    );
  } finally {
    source.destroy();
  }
}

/** As `readArchive`, from a file on disk. */
export async function readArchiveFile(
  file: string,
  wanted: (name: string) => boolean,
  visit: ArchiveVisitor,
  limits?: ArchiveLimits,
): Promise<void> {
  try {
    await readArchive(createReadStream(file), file, wanted, visit, limits);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${file} can't be read (${reason}); check its permissions`,
      { code: 'CANNOT_READ', file },
      { cause },
    );
  }
}

/** The first bytes of a stream, and a stream that still starts with them. */
async function peek(source: Readable, count: number): Promise<{ head: Buffer; rest: Readable }> {
  const parts: Buffer[] = [];
  let length = 0;
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  while (length < count) {
    const next = await iterator.next();
    if (next.done) break;
    parts.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(parts);
  async function* whole(): AsyncGenerator<Buffer> {
    yield start;
    for (;;) {
      const next = await iterator.next();
      if (next.done) return;
      yield next.value;
    }
  }
  return { head: start.subarray(0, count), rest: Readable.from(whole(), { objectMode: false }) };
}
