/** Equal config and machine, equal bytes: tested in processes. (eslint refuses unseeded sources of randomness.) */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointFile, logFile, readLog, type LogLine } from '../../brats/folder';
import { comparison } from '../../brats/experiments';
import { cellOf } from '../../experiment/cells';
import { cellFolder } from '../../experiment/store';
import { syntheticCases, smallConfig } from './synthetic-data';
import { startProcess } from './instrumented-process';
import type { TrainingRequest } from './training-process';

/**
 * How far the task losses may differ, relatively, when TensorFlow sums with another number of threads. That
 * changes the order of sums, so the last bits of the first step; each step amplifies it, since momentum
 * is 0.99. (L_KD is left out: its gradient is a sign, which one bit can flip.)
 */
export const THREAD_TOLERANCE = { firstStep: 1e-5, nineSteps: 2e-2 } as const;

export interface DeterminismSummary {
  /** Whether two processes with one config give the same checkpoint and log. */
  equalBytes: boolean;
  /** And a process with another number of threads, which is not required. */
  equalBytesOtherThreads: boolean;
  /** The largest relative differences of losses from those with one thread. */
  threadDifference: { firstStep: number; nineSteps: number };
  /** Whether both are within `THREAD_TOLERANCE`. */
  withinTolerance: boolean;
}

/** Trains three times in separate processes: twice with one thread, once with more. */
export async function runDeterminism(
  folder: string,
  threads: number = 2,
): Promise<DeterminismSummary> {
  const config = smallConfig();
  const [arm, seed] = ['mckd', 0];
  const experiment = comparison(config);
  const data = await syntheticCases(folder);
  const train = async (
    name: string,
    count: number,
  ): Promise<{ bytes: Buffer; lines: LogLine[] }> => {
    const directory = join(folder, name);
    rmSync(directory, { recursive: true, force: true });
    const place = { directory, data };
    const request: TrainingRequest = { config, arm, seed, place, checkpointEvery: 500 };
    await startProcess(join(__dirname, 'training-process.js'), request, {
      MCKD_CACHE: join(folder, 'cache'),
      TF_NUM_INTRAOP_THREADS: String(count),
      TF_NUM_INTEROP_THREADS: '1',
    }).ended();
    const own = cellFolder(experiment.problem, cellOf(experiment, arm, seed), place);
    const bytes = [checkpointFile, logFile].map((of) => readFileSync(of(own)));
    return { bytes: Buffer.concat(bytes), lines: readLog(own) };
  };
  const [first, again] = [await train('first', 1), await train('again', 1)];
  const other = await train('threads', threads);
  const threadDifference = {
    firstStep: largestDifference(first.lines.slice(0, 1), other.lines.slice(0, 1)),
    nineSteps: largestDifference(first.lines, other.lines),
  };
  return {
    equalBytes: first.bytes.equals(again.bytes),
    equalBytesOtherThreads: first.bytes.equals(other.bytes),
    threadDifference,
    withinTolerance:
      threadDifference.firstStep <= THREAD_TOLERANCE.firstStep &&
      threadDifference.nineSteps <= THREAD_TOLERANCE.nineSteps,
  };
}

function largestDifference(some: readonly LogLine[], others: readonly LogLine[]): number {
  if (some.length !== others.length) return Infinity;
  const apart = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.abs(a));
  return Math.max(
    ...some.flatMap((line, i) => [
      apart(line.losses.dice, others[i].losses.dice),
      apart(line.losses.crossEntropy, others[i].losses.crossEntropy),
      apart(line.meta?.loss ?? 0, others[i].meta?.loss ?? 0),
    ]),
  );
}
