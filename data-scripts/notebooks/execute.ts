/** Run one notebook through the real kernel: a Python process with nbclient that reports as JSON lines. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '@mckd/lib/base';

export type ExecutionEvent =
  | { event: 'cell'; cell: number; of: number }
  | { event: 'progress'; text: string }
  | { event: 'done'; cell: number; of: number; seconds: number }
  | {
      event: 'error';
      cell: number;
      of: number;
      message: string;
      source: string;
      /** The kernel is gone, so no later cell was run. */
      ended: boolean;
    }
  | { event: 'finished'; failed: boolean };

export interface ExecuteOptions {
  /** The kit's root. */
  root: string;
  source: string;
  /** The path of the executed notebook, also written when a cell failed. */
  target: string;
  preset: string;
  resultsDirectory: string;
  /** Default: `.venv`'s Python. */
  python?: string;
  /** Run the cells behind a failed one, too. Default: no. */
  everyCell?: boolean;
  /** A cell that takes longer ends the run. Default: any time. */
  cellSeconds?: number;
  onEvent?: (event: ExecutionEvent) => void;
  /** Ends the run and the kernel. */
  signal?: AbortSignal;
}

/** The Python with nbclient and the kernel: that of `.venv`. */
export function environmentPython(root: string): string {
  const python = join(root, '.venv', 'bin', 'python');
  if (existsSync(python)) return python;
  throw new UserError(`${join(root, '.venv')} has no Python; run npm start once to set it up`, {
    code: 'MISSING',
    file: join(root, '.venv'),
  });
}

/**
 * Run a notebook. Resolves when the kernel is gone; a failed cell is an `error` event, not a rejection.
 * @returns whether `signal` stopped it before its end
 * @throws UserError if the run ended without a result (no kernel, killed).
 */
export async function executeNotebook(options: ExecuteOptions): Promise<'ended' | 'stopped'> {
  const { root, source, target, preset, resultsDirectory, onEvent, signal } = options;
  const script = join(root, 'data-scripts', 'notebooks', 'execute_notebook.py');
  // Its own process group: Ctrl-C reaches only this process, which then stops the kernel cleanly. If this
  // process is killed, its end of stdin closes, and the Python process ends with its kernel.
  const rules = [
    ...(options.everyCell ? ['--every-cell'] : []),
    ...(options.cellSeconds ? ['--cell-seconds', String(options.cellSeconds)] : []),
  ];
  const args = [script, source, target, ...rules];
  const child = spawn(options.python ?? environmentPython(root), args, {
    cwd: root,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MCKD_PRESET: preset,
      MCKD_RESULTS: resultsDirectory,
      MCKD_NOTEBOOK_FOLDER: join(root, 'notebooks'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-20000);
  });
  let finished = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (event === undefined) {
      log = `${log}${line}\n`.slice(-20000);
      return;
    }
    finished ||= event.event === 'finished';
    onEvent?.(event);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal?.removeEventListener('abort', stop);
  if (finished && code === 0) return 'ended';
  if (signal?.aborted) return 'stopped';
  const tail = log.trim().split('\n').slice(-5).join('\n');
  throw new UserError(`${source} ended with code ${code} before its last cell:\n${tail}`, {
    code: 'PROCESS',
    file: source,
  });
}

/** The event of a line, or nothing if it is none: Python libraries may print, too. */
function parseEvent(line: string): ExecutionEvent | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    if (typeof value === 'object' && value !== null && 'event' in value)
      return value as ExecutionEvent;
  } catch {
    // Not JSON.
  }
  return undefined;
}
