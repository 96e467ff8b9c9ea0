/** Ctrl-C and SIGTERM. They end a command at once; of a training, the first asks for an end and the second makes one. */
import os from 'node:os';
import { stopBars } from './progress';

export interface Interruption {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** From here on, what is under way is brought to an end; before it, the process ends at once. */
  guard(): void;
  /** Sets the exit code, as a shell has it: 130 for Ctrl-C. */
  setExitCode(): void;
  /** There is nothing to bring to an end any more. */
  release(): void;
}

interface Work {
  early: string;
  guarded: boolean;
  stopping: AbortController;
}

const NAMES = ['SIGINT', 'SIGTERM'] as const;

let work: Work | undefined;
let code = 130;
let watched = false;

function stop(name: NodeJS.Signals): void {
  code = 128 + os.constants.signals[name];
  if (work?.guarded && !work.stopping.signal.aborted) return work.stopping.abort();
  stopBars();
  console.error(sentence());
  process.exit(code);
}

function sentence(): string {
  if (work === undefined) return 'stopped';
  return work.guarded ? 'stopped at once; the last checkpoint stays' : work.early;
}

/** From here on, signals end the process with 130 or 143 and whole files, as soon as Node hears of them. */
export function watchSignals(): void {
  if (!watched) for (const name of NAMES) process.on(name, stop);
  watched = true;
}

/**
 * Signals are the system's, which ends the process in the midst of what it does. For work that leaves Node no time to
 * hear of one, for up to minutes. The shell has the same code.
 */
export function leaveSignalsToSystem(): void {
  for (const name of NAMES) process.off(name, stop);
  watched = false;
}

/** @param early the line for a signal that comes before there is anything to bring to an end */
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
