/** One training in this process: lock, steps, scores, record. */
import { existsSync, rmSync } from 'node:fs';
import { lockFile, takeLock } from '../base/lock';
import { forgetPeak, peakMiB } from '../base/memory';
import { removePartialFiles, writeFileAtomic } from '../base/atomic-write';
import type { ExperimentCell } from './cells';
import { probeCode } from './code-state';
import type { Problem, Run, Kind } from './experiment';
import { threadsHere } from './process-plan';
import { cellFolder, finishedRun, runFile, type RunLocation } from './store';

export interface TrainCellOptions {
  /** Stops it between two events, with what is needed to resume. */
  signal?: AbortSignal;
  /** How long to wait if another process has the folder. Default: 0. */
  lockWaitMs?: number;
}

export interface RunEvent<S> {
  kind: 'run';
  run: Run<S>;
}

/**
 * Trains and scores one cell, resuming what its folder holds; yields the training's events and at the end its run: at
 * once, if it is finished. One lock is held over training and scoring.
 *
 * @throws UserError as the problem's training does, where another process has the folder, and where the run is
 *   unreadable
 */
export async function* trainCell<K extends Kind>(
  problem: Problem<K>,
  cell: ExperimentCell<K['config']>,
  place: RunLocation<K['data']>,
  { lockWaitMs, ...options }: TrainCellOptions & K['options'],
): AsyncGenerator<K['event'] | RunEvent<K['scores']>> {
  const folder = cellFolder(problem, cell, place);
  const leftovers = problem.leftovers?.(folder) ?? [];
  if (existsSync(runFile(folder))) {
    await tidyFinished(folder, leftovers);
    yield { kind: 'run', run: finishedRun(problem, cell, place) };
    return;
  }
  problem.requireScorable?.(place.data);
  const release = await takeLock(folder, { waitMs: lockWaitMs });
  try {
    // The previous holder of the lock may have finished it.
    if (existsSync(runFile(folder))) {
      yield { kind: 'run', run: finishedRun(problem, cell, place) };
      return;
    }
    removePartialFiles(runFile(folder));
    const { arm, seed, config } = cell;
    forgetPeak();
    const request = { config, seed, data: place.data, folder };
    const trained = yield* problem.train(
      request,
      options as K['options'] & { signal?: AbortSignal },
    );
    if (!trained) return;
    const made = {
      threads: threadsHere(),
      peakMiB: Math.ceil(peakMiB()),
      code: probeCode(problem.name),
    };
    const run = { arm, seed, ...trained, ...made } as Run<K['scores']>;
    writeFileAtomic(runFile(folder), JSON.stringify(run), { flush: true });
    for (const file of leftovers) rmSync(file, { force: true });
    yield { kind: 'run', run };
  } finally {
    release();
  }
}

/** A kill right after a run was written leaves its lock and leftovers, which are not needed any more. */
async function tidyFinished(folder: string, leftovers: readonly string[]): Promise<void> {
  if (![lockFile(folder), ...leftovers].some((file) => existsSync(file))) return;
  try {
    const release = await takeLock(folder, { waitMs: 1000 });
    for (const file of leftovers) rmSync(file, { force: true });
    release();
  } catch {
    // Locked by another process, or a folder that can't be written: the run can still be read.
  }
}
