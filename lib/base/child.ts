/**
 * Processes and threads whose end is always reported, once, as a phrase for messages: also when one could not be started, which
 * Node reports either by an exception or by an event.
 */
import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { Worker, type WorkerOptions } from 'node:worker_threads';

export interface Ending {
  /** Null where a signal ended it, or where it never started. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Such as `ended with exit code 1: Error: Cannot find module 'x'`. */
  how: string;
}

export interface Child<C extends ChildProcess> {
  /** Undefined if it could not be started; `over` then gives the reason. */
  process: C | undefined;
  /** Resolves when it has ended and its pipes and channel are closed. Never rejects. */
  over: Promise<Ending>;
  isOver(): boolean;
  /** If a message can't be sent, the process is ended, and `over` gives the reason. */
  send(message: object): void;
  kill(signal?: NodeJS.Signals): void;
}

/** Characters kept of what it wrote to stderr. */
const COMPLAINT = 4000;

/** @param start starts a process: `() => fork(...)`. What it writes to a piped stderr is read for the ending. */
export function startChild<C extends ChildProcess>(start: () => C): Child<C> {
  let [complaint, unsent, isOver] = ['', '', false];
  let child: C | undefined;
  const over = new Promise<Ending>((resolve) => {
    const end = (code: Ending['code'], signal: Ending['signal'], how: string): void => {
      isOver = true;
      resolve({ code, signal, how });
    };
    const notStarted = (error: unknown): void =>
      end(null, null, `could not be started (${reasonOf(error as NodeJS.ErrnoException)})`);
    try {
      const started = (child = start());
      started.stderr?.on('data', (part: Buffer) => {
        complaint = (complaint + part.toString()).slice(-COMPLAINT);
      });
      // A write error is reported by `over`.
      started.stdin?.on('error', () => undefined);
      started.on('error', (error) => {
        if (started.pid === undefined) notStarted(error);
      });
      if (started.pid === undefined) return;
      // Its last messages and output may arrive after its end. (Node's own event for all of this never comes where
      // this side closes the channel.)
      const last: [EventEmitter | null, string][] = [
        [started, 'exit'],
        [started.connected ? started : null, 'disconnect'],
        [started.stdout, 'close'],
        [started.stderr, 'close'],
      ];
      const all = last.map(
        ([of, event]) => new Promise<void>((done) => (of ? of.once(event, done) : done())),
      );
      void Promise.all(all).then(() => {
        const { exitCode, signalCode } = started;
        end(exitCode, signalCode, unsent || howOf(exitCode, signalCode, complaint));
      });
    } catch (error) {
      notStarted(error);
    }
  });
  const kill = (signal?: NodeJS.Signals): void => {
    if (!isOver) child?.kill(signal);
  };
  return {
    process: child,
    over,
    isOver: () => isOver,
    kill,
    send: (message) => {
      if (isOver || !child?.connected) return;
      child.send(message, (error) => {
        if (!error || isOver) return;
        unsent = `could not be sent its work (${error.message})`;
        kill('SIGKILL');
      });
    },
  };
}

export interface Thread {
  /** Undefined if it could not be started; `over` then gives the reason. */
  worker: Worker | undefined;
  /** Resolves with how it ended; never rejects. */
  over: Promise<string>;
}

export function startThread(script: string, options: WorkerOptions): Thread {
  let worker: Worker | undefined;
  const over = new Promise<string>((end) => {
    try {
      worker = new Worker(script, options);
      worker.on('error', (error) => end(`ended: ${error.message}`));
      worker.once('exit', (code) => end(`ended with exit code ${code}`));
    } catch (error) {
      end(`could not be started (${reasonOf(error as NodeJS.ErrnoException)})`);
    }
  });
  return { worker, over };
}

/** Why a process or thread can't be started, from the system's error. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const why: Record<string, string> = {
    EAGAIN: 'there are too many processes or threads, or too little memory',
    ENOMEM: 'there is too little memory',
    EMFILE: 'too many files are open',
    ENOENT: 'the program or its folder is missing',
  };
  const more = why[error.code ?? ''] ?? why[/^(E[A-Z]+)\b/.exec(error.message)?.[1] ?? ''];
  return more ? `${error.message}: ${more}` : error.message;
}

function howOf(code: Ending['code'], signal: Ending['signal'], complaint: string): string {
  const main = mainLine(complaint);
  const why = main && `: ${main}`;
  if (signal === 'SIGKILL')
    return `was ended by SIGKILL, as the system does where memory runs out${why}`;
  return (signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`) + why;
}

/** The line of a stack trace or other error output that names the error. */
function mainLine(complaint: string): string {
  const lines = complaint.split('\n').map((line) => line.trim());
  const named = lines.find((line) => /^(\w*(Error|Exception)\b.*:|FATAL ERROR:)/.test(line));
  return named ?? lines.filter((line) => line !== '' && !/^Node\.js v/.test(line)).at(-1) ?? '';
}
