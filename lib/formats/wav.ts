/**
 * RIFF/WAVE, PCM 16 bit mono.
 *
 * Own reader: the packages on npm (wavefile, node-wav, wav-decoder) are made to play what they can.
 * They return what is left of a data chunk that is cut off, and don't name the file.
 */
import { UserError } from '../base/errors';

/** The sound of one wav file. */
export interface Sound {
  /** Samples per second (Hz). */
  sampleRate: number;
  /** Amplitudes in -1..1 (the 16-bit integer over 32,768, as librosa and soundfile scale it), [samples]. */
  samples: Float32Array;
}

const FORMAT_BYTES = 16;
/** A recording has three or four; reading through a file of empty ones would take minutes. */
const MOST_CHUNKS = 1000;

/**
 * Reads one PCM 16-bit mono wav file from its bytes.
 *
 * @param file its path, for messages
 * @param sampleRate the rate the caller needs, in Hz; any other is an error
 * @throws UserError naming the file, the header field and its value
 */
export function readWav(bytes: Uint8Array, file: string, sampleRate = 8000): Sound {
  const fault = (field: string, value: unknown, should: string): UserError =>
    new UserError(
      `${file}: ${field} is ${JSON.stringify(value)} and should be ${should}; replace the file`,
      { code: 'BAD_FILE', file, field, value },
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (offset: number): string =>
    Buffer.from(bytes.subarray(offset, offset + 4)).toString('latin1');
  if (bytes.length < 12) throw fault('length', bytes.length, 'at least 12 bytes');
  if (tag(0) !== 'RIFF') throw fault('the first tag', tag(0), '"RIFF"');
  if (tag(8) !== 'WAVE') throw fault('the form type', tag(8), '"WAVE"');

  let format = -1;
  let chunks = 0;
  let found: { start: number; size: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    if (++chunks > MOST_CHUNKS) throw fault('number of chunks', chunks, `at most ${MOST_CHUNKS}`);
    const name = tag(offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (start + size > bytes.length) {
      // What follows the sound is ignored.
      if (found && name !== 'data') break;
      throw fault(
        `size of chunk "${name}"`,
        size,
        `at most ${bytes.length - start} (the rest of the file)`,
      );
    }
    if (name === 'fmt ' && !found) {
      if (size < FORMAT_BYTES)
        throw fault('size of chunk "fmt "', size, `at least ${FORMAT_BYTES}`);
      format = start;
      const expected: [string, number, number][] = [
        ['format code', view.getUint16(start, true), 1],
        ['number of channels', view.getUint16(start + 2, true), 1],
        ['sample rate', view.getUint32(start + 4, true), sampleRate],
        ['bytes per frame', view.getUint16(start + 12, true), 2],
        ['bits per sample', view.getUint16(start + 14, true), 16],
      ];
      for (const [field, value, should] of expected) {
        if (value !== should) throw fault(field, value, String(should));
      }
    } else if (name === 'data') {
      if (format < 0) throw fault('the first chunk', name, '"fmt "');
      if (size === 0 || size % 2 !== 0)
        throw fault('size of chunk "data"', size, 'an even number above 0');
      if (found) throw fault('number of chunks "data"', 'two or more', 'one');
      found = { start, size };
    }
    // Chunks are padded to an even length; the padding is not counted in their size.
    offset = start + size + (size % 2);
  }
  if (!found) throw fault(`the chunk "${format < 0 ? 'fmt ' : 'data'}"`, 'absent', 'there');
  const samples = new Float32Array(found.size / 2);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = view.getInt16(found.start + 2 * i, true) / 32768;
  }
  return { sampleRate, samples };
}

/**
 * A PCM 16-bit mono wav file of the samples, for playing in a notebook or writing to disk.
 *
 * @param samples amplitudes in -1..1, [samples]; what lies outside is clipped
 * @param sampleRate in Hz
 */
export function encodeWav(samples: ArrayLike<number>, sampleRate: number): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(FORMAT_BYTES, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (let i = 0; i < samples.length; i++) {
    bytes.writeInt16LE(
      Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768))),
      44 + 2 * i,
    );
  }
  return bytes;
}
