/** Seeded mutations of bytes. Pure: the same stream gives the same mutation. */
import { gunzipSync } from 'node:zlib';
import type { RandomStream } from '../../base/random';

/** Numbers at which readers often fail: signs, ends of ranges, powers of two and their neighbours. */
const NUMBERS = [
  0,
  1,
  2,
  7,
  8,
  127,
  128,
  255,
  256,
  32767,
  32768,
  65535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

export interface Mutated {
  bytes: Buffer;
  how: string;
}

type Mutation = (stream: RandomStream, bytes: Buffer) => Mutated;

function place(stream: RandomStream, { length }: Buffer): number {
  return length === 0 ? 0 : stream.integer(length);
}

/** A range of up to 64 bytes, as start and end. */
function stretch(stream: RandomStream, bytes: Buffer): [number, number] {
  const start = place(stream, bytes);
  return [start, Math.min(bytes.length, start + 1 + stream.integer(64))];
}

function drawnBytes(stream: RandomStream, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => stream.integer(256)));
}

const flip: Mutation = (stream, bytes) => {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return { bytes: copy, how: 'nothing to flip' };
  const places = Array.from({ length: 1 + stream.integer(3) }, () => place(stream, copy));
  for (const at of places) copy[at] ^= 1 << stream.integer(8);
  return { bytes: copy, how: `a bit flipped at ${places.join(', ')}` };
};

const number: Mutation = (stream, bytes) => {
  const copy = Buffer.from(bytes);
  const width = [1, 2, 4, 8][stream.integer(4)];
  if (copy.length < width) return { bytes: copy, how: 'too short for a number' };
  const at = stream.integer(Math.floor((copy.length - width) / width) + 1) * width;
  const value = NUMBERS[stream.integer(NUMBERS.length)];
  const wide = BigInt.asUintN(8 * width, stream.integer(4) === 0 ? -BigInt(value) : BigInt(value));
  const little = stream.integer(2) === 0;
  for (let i = 0; i < width; i++) {
    copy[at + (little ? i : width - 1 - i)] = Number((wide >> BigInt(8 * i)) & 0xffn);
  }
  return { bytes: copy, how: `${wide} in ${width} bytes at ${at}` };
};

const cut: Mutation = (stream, bytes) => {
  const length = place(stream, bytes);
  return { bytes: Buffer.from(bytes.subarray(0, length)), how: `cut at ${length}` };
};

const grow: Mutation = (stream, bytes) => {
  const more = drawnBytes(stream, 1 + stream.integer(64));
  return { bytes: Buffer.concat([bytes, more]), how: `${more.length} bytes more` };
};

const drop: Mutation = (stream, bytes) => {
  const [start, end] = stretch(stream, bytes);
  const kept = [bytes.subarray(0, start), bytes.subarray(end)];
  return { bytes: Buffer.concat(kept), how: `bytes ${start} to ${end} dropped` };
};

const repeat: Mutation = (stream, bytes) => {
  const [start, end] = stretch(stream, bytes);
  const parts = [bytes.subarray(0, end), bytes.subarray(start)];
  return { bytes: Buffer.concat(parts), how: `bytes ${start} to ${end} twice` };
};

const overwrite: Mutation = (stream, bytes) => {
  const copy = Buffer.from(bytes);
  const [start, end] = stretch(stream, bytes);
  if (stream.integer(2) === 0) copy.fill(0, start, end);
  else drawnBytes(stream, end - start).copy(copy, start);
  return { bytes: copy, how: `bytes ${start} to ${end} overwritten` };
};

const MUTATIONS = [flip, flip, number, number, cut, grow, drop, repeat, overwrite];

/** One to three mutations, one after another; the given bytes are not changed. */
export function mutateBytes(stream: RandomStream, bytes: Buffer): Mutated {
  const times = stream.integer(4) === 0 ? 2 + stream.integer(2) : 1;
  let [result, how] = [bytes, ''];
  for (let i = 0; i < times; i++) {
    const done = MUTATIONS[stream.integer(MUTATIONS.length)](stream, result);
    result = done.bytes;
    how = how === '' ? done.how : `${how}; ${done.how}`;
  }
  return { bytes: result, how };
}

/** More than any valid input holds. */
const MOST_UNPACKED = 64 * 1024 * 1024;

/** A gzip's content, or the bytes themselves if they are no gzip; undefined if it is broken or too large. */
export function unpacked(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED });
  } catch {
    return undefined;
  }
}
