/** How a command's process ends: with one of five codes, one sentence where it failed, and always. */
import { UserError } from '@mckd/lib/dist/base/errors';
import { stopBars } from './progress';

export const EXIT = {
  done: 0,
  /** The user's input or data are at fault, or a check found a fault. */
  input: 1,
  /** The command line itself: no such command or option, a missing argument, a value that it can't have. */
  usage: 2,
} as const;

export const EXIT_HELP = `
Exit codes: 0 done; 1 input, data or the place for results are at fault (or a check found faults);
2 wrong use of the command line; 130 stopped by Ctrl-C; 143 stopped by SIGTERM.
With --json, stdout has JSON alone: one object on a line, the last of them the result.`;

/**
 * What a person should read of a failure: the sentence alone where it is the reader's to fix, the stack where it is a
 * fault of ours.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Says what failed, in a line of its own. */
export function tellFailure(error: unknown): void {
  stopBars();
  console.error(describeFailure(error));
}

/** Ends the process once what was printed has left it. No live line, timer, thread or open connection can keep it. */
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
 * Faults that no command catches end the process as others do. Where nobody reads its lines any more (`mckd verify |
 * head`), they are dropped, and the work goes on to its end: results that are files are wanted all the same.
 */
export function watchFaults(): void {
  const fail = (error: unknown): void => {
    tellFailure(error);
    void endProcess(EXIT.input);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('beforeExit', () =>
    fail(new Error('the command waits for something that never comes')),
  );
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') fail(error);
    });
  }
}
