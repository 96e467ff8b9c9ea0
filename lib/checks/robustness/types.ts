/** What the fuzzer is made of: targets, the files it makes for them, and how an attempt to read one ends. */
import type { RandomStream } from '../../base/random';

/** One made input. */
export interface Made {
  /** Name -> bytes; the first is the one to read, others lie beside it. */
  files: Readonly<Record<string, Buffer>>;
  /** What was done to a sound file, for a person to read. */
  how: string;
  /** Files whose data these must still give, where a checksum in the format promises that. */
  same?: Readonly<Record<string, Buffer>>;
}

/** A reader, the inputs it is tried with, and an independent opinion about what they hold. */
export interface FuzzTarget {
  name: string;
  /** What an error has to name: the file, or the field where the reader knows of no file. */
  names: 'file' | 'field';
  /** Reading takes this many times as long as reading a small file does; bounds the number of inputs. */
  cost: number;
  /** Each input in a process of its own: its memory is not what an earlier one left. */
  alone?: boolean;
  /** A mutated file, from the stream alone. */
  make(stream: RandomStream): Made;
  /** Reads with the kit. This alone is measured. */
  read(file: string): unknown;
  /** Of what was read, what is compared: plain data. Default: all. */
  data?(result: never): unknown;
  /** What that has to be, by a small decoder of our own; undefined where the bytes are no sound file. */
  expected(files: Readonly<Record<string, Buffer>>): unknown;
  /** Ready for the first read, such as loading a module: what that takes counts for no input. */
  prepare?(): unknown;
}

/**
 * `error`: a UserError that names the file. `exact`: the data that are there. These two are right; the rest is not:
 * `unnamed`: a UserError without the file. `crash`: another exception, or the end of the process. `hang`: over
 * the time bound. `memory`: over the memory bound. `wrong`: data that the file does not hold.
 */
export type Verdict = 'error' | 'exact' | 'unnamed' | 'crash' | 'hang' | 'memory' | 'wrong';

/** What reading one input did, before it is judged. */
export interface Attempt {
  /** What was thrown, or what was returned. */
  thrown?: unknown;
  returned?: unknown;
  /** Seconds of CPU time, of all threads. */
  cpuSeconds: number;
  /** Over what the process held before its first input, in MiB. */
  peakMiB: number;
}

export interface Judgement {
  verdict: Verdict;
  /** One line on what happened. */
  detail: string;
  /** The file was sound by the other decoder, and the reader refused it; it may be stricter. */
  refused: boolean;
}

/** Bounds on reading one input. */
export interface FuzzLimits {
  cpuSeconds: number;
  memoryMiB: number;
}

export const FUZZ_LIMITS: FuzzLimits = { cpuSeconds: 1, memoryMiB: 256 };
