/** Wav and IDX files: the recordings and the digits. */
import { readFileSync } from 'node:fs';
import { readIdx } from '../../formats/idx';
import { encodeWav, readWav, type Sound } from '../../formats/wav';
import type { RandomStream } from '../../base/random';
import { mutateBytes } from './bytes';
import type { FuzzTarget } from './types';

const RATE = 8000;

function chunk(name: string, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
}

/** A wav file that may hold other chunks, and the sound twice. */
function soundWav(stream: RandomStream): Buffer {
  const samples = Array.from({ length: 1 + stream.integer(40) }, () => stream.uniform() * 2 - 1);
  const plain = encodeWav(samples, RATE);
  const note = chunk('LIST', Buffer.from('INFOISFT'.slice(0, 4 + stream.integer(5))));
  const [format, sound] = [plain.subarray(12, 36), plain.subarray(36)];
  const parts = [
    stream.integer(4) === 0 ? [note, format, sound] : [format, sound],
    stream.integer(4) === 0 ? [note] : [],
    stream.integer(12) === 0 ? [sound] : [],
  ].flat();
  return Buffer.concat([plain.subarray(0, 12), ...parts]);
}

/** The samples of the one data chunk, by the RIFF specification; undefined unless there is one of 16-bit mono. */
function wavReference(bytes: Buffer): { sampleRate: number; samples: number[] } | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  const chunks: { name: string; body: Buffer }[] = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, size] = [bytes.toString('latin1', at, at + 4), bytes.readUInt32LE(at + 4)];
    const body = bytes.subarray(at + 8, at + 8 + size);
    // A file cut off before the sound is invalid.
    if (body.length < size && !chunks.some((one) => one.name === 'data')) return undefined;
    if (body.length === size) chunks.push({ name, body });
    at += 8 + size + (size % 2);
  }
  const data = chunks.filter(({ name }) => name === 'data');
  if (data.length !== 1 || data[0].body.length === 0 || data[0].body.length % 2 !== 0)
    return undefined;
  const formats = chunks.slice(0, chunks.indexOf(data[0])).filter(({ name }) => name === 'fmt ');
  const body = formats.at(-1)?.body;
  if (!body || body.length < 16) return undefined;
  const facts = [0, 2, 12, 14].map((at) => body.readUInt16LE(at));
  if (facts.join() !== '1,1,2,16' || body.readUInt32LE(4) !== RATE) return undefined;
  const view = data[0].body;
  const samples = Array.from(
    { length: view.length / 2 },
    (_, i) => view.readInt16LE(2 * i) / 32768,
  );
  return { sampleRate: RATE, samples };
}

const wav: FuzzTarget = {
  name: 'wav',
  names: 'file',
  cost: 1,
  make(stream) {
    const sound = soundWav(stream);
    const { bytes, how } =
      stream.integer(20) === 0 ? { bytes: sound, how: 'sound' } : mutateBytes(stream, sound);
    return { files: { 'a.wav': bytes }, how };
  },
  read: (file) => readWav(readFileSync(file), file, RATE),
  data: ({ sampleRate, samples }: Sound) => ({ sampleRate, samples: [...samples] }),
  expected: ({ 'a.wav': bytes }) => wavReference(bytes),
};

const DIGITS = [3, 4, 2];

const idx: FuzzTarget = {
  name: 'idx',
  names: 'file',
  cost: 1,
  make(stream) {
    const header = Buffer.alloc(4 + 4 * DIGITS.length);
    header.writeUInt32BE(0x800 + DIGITS.length);
    DIGITS.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    const values = Buffer.from(Array.from({ length: 24 }, () => stream.integer(256)));
    const sound = Buffer.concat([header, values]);
    const { bytes, how } =
      stream.integer(20) === 0 ? { bytes: sound, how: 'sound' } : mutateBytes(stream, sound);
    return { files: { 'digits-idx3-ubyte': bytes }, how };
  },
  read: (file) => readIdx(readFileSync(file), file, DIGITS),
  data: ({ dimensions, values }: ReturnType<typeof readIdx>) => ({
    dimensions,
    values: [...values],
  }),
  expected({ 'digits-idx3-ubyte': bytes }) {
    const wanted = Buffer.from([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 2]);
    if (bytes.length !== 40 || !bytes.subarray(0, 16).equals(wanted)) return undefined;
    return { dimensions: DIGITS, values: [...bytes.subarray(16)] };
  },
};

export const SOUND_TARGETS: readonly FuzzTarget[] = [wav, idx];
