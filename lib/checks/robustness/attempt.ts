/** One input: written, read, measured and judged, in this process. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { randomStream } from '../../base/random';
import { judge } from './judge';
import { forgetPeak, heldMiB, peakMiB } from '../../base/memory';
import type { Attempt, FuzzLimits, FuzzTarget, Judgement, Made } from './types';
import { makeFolder } from '../../base/atomic-write';

/** The same seed, target and number always give the same input. */
export function makeInput(target: FuzzTarget, seed: number, index: number): Made {
  return target.make(randomStream(seed, `faults/${target.name}/${index}`));
}

/** An input stored as a file, under the name of the target's files. */
export function keptInput(target: FuzzTarget, file: string): Made {
  const [name] = Object.keys(makeInput(target, 0, 0).files);
  return { files: { [name]: readFileSync(file) }, how: 'kept' };
}

export interface Tried extends Judgement {
  /** The mutation of a valid file. */
  how: string;
  peakMiB: number;
  cpuSeconds: number;
}

/**
 * Reads one input and judges the result.
 *
 * @param make called twice, so that no input is in memory while it is read
 * @param folder its own folder, emptied before
 * @param baseMiB memory of the process before its first input
 */
export async function tryInput(
  target: FuzzTarget,
  make: () => Made,
  folder: string,
  baseMiB: number,
  limits?: FuzzLimits,
): Promise<Tried> {
  rmSync(folder, { recursive: true, force: true });
  makeFolder(folder);
  const files = writeAll(make().files, folder);
  // Frees the memory of making the input.
  if (target.alone) heldMiB();
  const attempt = await measured(() => target.read(files[0]), baseMiB);
  // Delayed errors of the reader occur here.
  await turn();
  const { files: bytes, how, same } = make();
  if (attempt.thrown === undefined && target.data) {
    attempt.returned = target.data(attempt.returned as never);
  }
  const evidence = {
    attempt,
    files,
    expected: target.expected(bytes),
    ...(same ? { same: { expected: target.expected(same) } } : {}),
  };
  const { peakMiB: peak, cpuSeconds } = attempt;
  return { ...judge(target, evidence, limits), how, peakMiB: peak, cpuSeconds };
}

function writeAll(files: Made['files'], folder: string): string[] {
  return Object.entries(files).map(([name, bytes]) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  });
}

async function measured(read: () => unknown, baseMiB: number): Promise<Attempt> {
  const attempt: Attempt = { cpuSeconds: 0, peakMiB: 0 };
  forgetPeak();
  const before = process.cpuUsage();
  try {
    attempt.returned = await read();
  } catch (error) {
    attempt.thrown = error ?? new Error(`what was thrown is ${String(error)}`);
  }
  const { user, system } = process.cpuUsage(before);
  attempt.cpuSeconds = (user + system) / 1e6;
  attempt.peakMiB = Math.max(0, peakMiB() - baseMiB);
  return attempt;
}
