/** Ctrl-C, SIGTERM, and SIGUSR1, by which a scheduler announces the time limit. They end a command at once; for a training, the first requests a clean stop and the second ends it. */
import os from 'node:os';
import { stopBars } from './progress';

export interface Interruption {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** From here on, running work is stopped cleanly; before it, the process ends at once. */
  guard(): void;
  /** Sets the exit code as in a shell: 130 for Ctrl-C. */
  setExitCode(): void;
  /** There is no more work to stop. */
  release(): void;
}

interface Work {
  early: string;
  guarded: boolean;
  stopping: AbortController;
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

let work: Work | undefined;
let code = 130;
let watched = false;

function stop(name: NodeJS.Signals): void {
  code = 128 + os.constants.signals[name === 'SIGUSR1' ? 'SIGTERM' : name];
  if (work?.guarded && !work.stopping.signal.aborted) return work.stopping.abort();
  stopBars();
  console.error(sentence());
  process.exit(code);
}

function sentence(): string {
  if (work === undefined) return 'stopped';
  return work.guarded ? 'stopped at once; the last checkpoint is kept' : work.early;
}

/** From here on, signals end the process with 130 or 143 (SIGUSR1, too) and complete files, as soon as Node handles them. */
export function watchSignals(): void {
  if (!watched) for (const name of NAMES) process.on(name, stop);
  watched = true;
}

/**
 * Restores the system's default for signals, which ends the process immediately. For work that gives Node no chance to
 * handle one, for up to minutes. The shell reports the same code.
 */
export function leaveSignalsToSystem(): void {
  for (const name of NAMES) process.off(name, stop);
  watched = false;
}

/** @param early the line for a signal before there is any work to stop */
export function interruption(early: string): Interruption {
  const own: Work = { early, guarded: false, stopping: new AbortController() };
  const before = watched;
  work = own;
  watchSignals();
  return {
    signal: own.stopping.signal,
    guard: () => (own.guarded = true),
    setExitCode: () => (process.exitCode = code),
    release: () => {
      work = undefined;
      if (!before) leaveSignalsToSystem();
    },
  };
}
