/** Types of the fuzzer: targets, their input files, and the results of reading them. */
import type { RandomStream } from '../../base/random';

/** One input. */
export interface Made {
  /** Name -> bytes; the first is the one to read, others lie beside it. */
  files: Readonly<Record<string, Buffer>>;
  /** The mutation of a valid file, in words. */
  how: string;
  /** Files whose data these must still give, if a checksum in the format guarantees it. */
  same?: Readonly<Record<string, Buffer>>;
}

/** A reader, its inputs, and an independent decoder of their content. */
export interface FuzzTarget {
  name: string;
  /** What an error has to name: the file, or the field if the reader gets no file. */
  names: 'file' | 'field';
  /** Time of reading relative to a small file; limits the number of inputs. */
  cost: number;
  /** Each input in its own process, so that its memory doesn't depend on earlier ones. */
  alone?: boolean;
  /** A mutated file, from the stream alone. */
  make(stream: RandomStream): Made;
  /** Reads with the kit. Only this is measured. */
  read(file: string): unknown;
  /** The compared part of the data. Default: all. */
  data?(result: never): unknown;
  /** Its expected value, by a small independent decoder; undefined if the bytes are no valid file. */
  expected(files: Readonly<Record<string, Buffer>>): unknown;
  /** Set-up before the first read, such as loading a module; not measured. */
  prepare?(): unknown;
}

/**
 * `error`: a UserError that names the file. `exact`: the exact data. These two are right; the rest is wrong:
 * `unnamed`: a UserError without the file. `crash`: another exception, or the end of the process. `hang`: over
 * the time bound. `memory`: over the memory bound. `wrong`: data that the file does not hold.
 */
export type Verdict = 'error' | 'exact' | 'unnamed' | 'crash' | 'hang' | 'memory' | 'wrong';

/** The result of reading one input, before it is judged. */
export interface Attempt {
  /** The exception, or the returned data. */
  thrown?: unknown;
  returned?: unknown;
  /** Seconds of CPU time, of all threads. */
  cpuSeconds: number;
  /** Above the process's memory before its first input, in MiB. */
  peakMiB: number;
}

export interface Judgement {
  verdict: Verdict;
  /** One line in words. */
  detail: string;
  /** The other decoder accepted the file, but the reader refused it; it may be stricter. */
  refused: boolean;
}

/** Limits for reading one input. */
export interface FuzzLimits {
  cpuSeconds: number;
  memoryMiB: number;
}

export const FUZZ_LIMITS: FuzzLimits = { cpuSeconds: 1, memoryMiB: 256 };
