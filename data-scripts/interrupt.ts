/** Ctrl-C and SIGTERM of commands that work for long: the first asks for an end, the second makes one. */
import os from 'node:os';

export interface Interruption {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** From here on, what is under way is brought to an end; before it, the process ends at once. */
  guard(): void;
  /** Says that it was stopped and sets the exit code, as a shell has it: 130 for Ctrl-C. */
  tell(line: string): void;
  /** Signals are the system's again. */
  release(): void;
}

/** @param early the line for a signal that comes before there is anything to bring to an end */
export function interruption(early: string): Interruption {
  const stopping = new AbortController();
  let [guarded, code] = [false, 130];
  const stop = (name: NodeJS.Signals): void => {
    code = 128 + os.constants.signals[name];
    if (guarded && !stopping.signal.aborted) return stopping.abort();
    console.error(guarded ? 'stopped at once; the last checkpoint stays' : early);
    process.exit(code);
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, stop);
  return {
    signal: stopping.signal,
    guard: () => (guarded = true),
    tell: (line) => {
      console.log(line);
      process.exitCode = code;
    },
    release: () => names.forEach((name) => process.off(name, stop)),
  };
}
