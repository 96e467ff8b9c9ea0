/**
 * The kit's one source of randomness: seeded, splittable streams.
 *
 * A stream is named by a seed and a path of names ("av-mnist/dropout"), hashed to the 128-bit state
 * of a xoroshiro128+ generator (pure-rand). So a new consumer takes a name of its own and shifts no
 * other's numbers, and two runs with one seed are identical.
 */
import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { UserError } from './errors';

export interface RandomStream {
  /** U[0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in 0..n-1. */
  integer(n: number): number;
  /** N(0, 1). */
  normal(): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream; drawing from it leaves this one where it is. */
  split(name: string): RandomStream;
}

/** The stream of `seed` and `name`; the same pair always starts at the same place. */
export function randomStream(seed: number, name: string): RandomStream {
  if (!Number.isSafeInteger(seed)) {
    throw new UserError(`seed is ${seed}; it must be a whole number`, {
      code: 'BAD_VALUE',
      field: 'seed',
      value: seed,
    });
  }
  return streamAt(`${seed}/${name}`);
}

function hashWords(path: string): number[] {
  const digest = createHash('sha256').update(path).digest();
  return [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset) | (offset === 0 ? 1 : 0));
}

function streamAt(path: string): RandomStream {
  const generator = xoroshiro128plusFromState(hashWords(path));
  const uniform = (): number => {
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  };
  const integer = (n: number): number => uniformInt(generator, 0, n - 1);
  return {
    uniform,
    integer,
    // Box-Muller; the second value is dropped, so that a stream has no state but the generator's.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [copy[i], copy[j]] = [copy[j], copy[i]];
      }
      return copy;
    },
    split: (name) => streamAt(`${path}/${name}`),
  };
}
