/** How a command's process ends: always, with one of five exit codes, and one sentence if it failed. */
import { UserError } from '@mckd/lib/base';
import { stopBars } from './progress';

export const EXIT = {
  done: 0,
  /** The user's input or data are wrong, or a check found a fault. */
  input: 1,
  /** The command line itself: an unknown command or option, a missing argument, an invalid value. */
  usage: 2,
} as const;

export const EXIT_HELP = `
Exit codes: 0 done; 1 input, data or the folder for results are wrong (or a check found faults);
2 wrong use of the command line; 130 stopped by Ctrl-C; 143 stopped by SIGTERM.
With --json, stdout has only JSON: one object per line, the last one the result.`;

/**
 * The text of a failure: only the sentence for an error of the user, the stack for
 * a bug.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Prints the failure on its own line. */
export function tellFailure(error: unknown): void {
  stopBars();
  console.error(describeFailure(error));
}

/** Ends the process once its output is flushed, in spite of progress lines, timers, threads or open connections. */
export async function endProcess(code: number): Promise<never> {
  stopBars();
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}

/**
 * Uncaught errors end the process like others. If its output is no longer read (`mckd verify |
 * head`), it is dropped, and the work continues to its end: result files are still needed.
 */
export function watchFaults(): void {
  const fail = (error: unknown): void => {
    tellFailure(error);
    void endProcess(EXIT.input);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('beforeExit', () =>
    fail(new Error('the command waits for something that never happens')),
  );
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') fail(error);
    });
  }
}
