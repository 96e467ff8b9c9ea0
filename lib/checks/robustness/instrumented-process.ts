/** A process that prints what it begins, and can be killed there. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { partOf } from '../../base/atomic-write';
import { startChild } from '../../base/child';

/** A line of stdout, and when it came, since the start. */
export interface OutputLine {
  text: string;
  ms: number;
}

export interface InstrumentedProcess {
  pid: number;
  lines: readonly OutputLine[];
  /** What the kill interrupted; undefined if the process finished before. */
  readonly killedAt: string | undefined;
  /** @throws Error with its stderr if it fails */
  ended(): Promise<{ lines: readonly OutputLine[]; ms: number }>;
  /** Kills it a while after a line; `what` is what the kill interrupts. */
  killAtLine(text: string, waitMs: number, what?: string): Promise<void>;
  /** Kills it when the unfinished copy of its n-th write (from 0) of a file has so many bytes. */
  killAtWrite(file: string, nth: number, bytes: number): Promise<void>;
  /** Kills it when the first file is missing, and the second exists. */
  killWhileSame(file: string, other: string): Promise<void>;
  killAfter(ms: number): Promise<void>;
}

/** Between two polls of a file. */
const POLL_MS = 1;

/** Starts a script with a request as its argument. */
export function startProcess(
  script: string,
  request: unknown,
  env: Record<string, string>,
): InstrumentedProcess {
  const started = performance.now();
  const child = startChild(() =>
    spawn(process.execPath, [script, JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', ...env },
    }),
  );
  let killedAt: string | undefined;
  const lines: OutputLine[] = [];
  if (child.process) {
    const reader = createInterface(child.process.stdout);
    reader.on('line', (text) => lines.push({ text, ms: performance.now() - started }));
  }

  const kill = async (what: string): Promise<void> => {
    child.kill('SIGKILL');
    if ((await child.over).signal === 'SIGKILL') killedAt = what;
  };
  const lastTold = (): string => lines.at(-1)?.text.split(' ')[0] ?? 'recovery';
  /** Polls until a condition holds, or the process is over. */
  const when = async (isSo: () => boolean): Promise<boolean> => {
    while (!child.isOver()) {
      if (isSo()) return true;
      await sleep(POLL_MS);
    }
    return false;
  };
  return {
    pid: child.process?.pid ?? 0,
    lines,
    get killedAt() {
      return killedAt;
    },
    ended: async () => {
      const { code, how } = await child.over;
      if (code !== 0) throw new Error(`the process ${how}`);
      return { lines, ms: performance.now() - started };
    },
    killAtLine: async (text, waitMs, what) => {
      if (!(await when(() => lines.some((line) => line.text === text)))) return;
      await sleep(waitMs);
      await kill(what ?? lastTold());
    },
    killAtWrite: async (file, nth, bytes) => {
      let [seen, before] = [-1, -1];
      const isSo = (): boolean => {
        const part = partOf(file);
        const size = part ? (statSync(part, { throwIfNoEntry: false })?.size ?? -1) : -1;
        if (before < 0 && size >= 0) seen += 1;
        before = size;
        return seen >= nth && size >= bytes;
      };
      if (await when(isSo)) await kill('write');
    },
    killWhileSame: async (file, other) => {
      const inode = (of: string): number => statSync(of, { throwIfNoEntry: false })?.ino ?? -1;
      if (await when(() => inode(file) >= 0 && inode(file) === inode(other))) await kill('rename');
    },
    killAfter: async (ms) => {
      const end = performance.now() + ms;
      if (await when(() => performance.now() >= end)) await kill(lastTold());
    },
  };
}
