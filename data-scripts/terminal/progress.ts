/** The one place for progress bars: on stderr, and always stopped. */
import { SingleBar } from 'cli-progress';

export interface ProgressOptions {
  /** cli-progress' format: `{bar} {value}/{total}`, `{eta_formatted}`, and the names of `words`. */
  format: string;
  /** Milliseconds between lines if stderr is no terminal. Default: no lines. */
  lineMs?: number;
  /** Delay of the bar in milliseconds: work that is done by then needs none (default: 0). */
  afterMs?: number;
  /** Number of last steps from which the time left is estimated (default: 10). */
  etaSteps?: number;
}

export interface Progress {
  /** Moves the bar, which appears at the first call. */
  show: (done: number, total: number, words?: Record<string, string>) => void;
  /** A line on stderr that doesn't collide with the bar. */
  note: (line: string) => void;
}

/** Bars that are on the screen. */
const shown = new Set<SingleBar>();

/** For an end without `finally`: stops every bar, and starts a new line. */
export function stopBars(): void {
  for (const bar of shown) bar.stop();
  shown.clear();
}

/** Runs work with a bar, which is stopped when the work ends or throws: while a bar runs, the process doesn't end. */
export async function withProgress<T>(
  { format, lineMs, afterMs = 0, etaSteps = 10 }: ProgressOptions,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    format,
    noTTYOutput: lineMs !== undefined,
    notTTYSchedule: lineMs,
    etaBuffer: etaSteps,
  });
  const from = performance.now() + afterMs;
  const stop = (): void => {
    if (shown.delete(bar)) bar.stop();
  };
  try {
    return await work({
      show: (done, total, words) => {
        if (shown.has(bar)) {
          bar.setTotal(total);
          bar.update(done, words);
        } else if (performance.now() >= from) {
          shown.add(bar);
          bar.start(total, done, words);
        }
      },
      note: (line) => {
        if (process.stderr.isTTY) stop();
        console.error(line);
      },
    });
  } finally {
    stop();
  }
}
