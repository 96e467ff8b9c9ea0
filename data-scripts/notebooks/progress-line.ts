/** The runner's progress line: overwritten on a terminal, one line per finished cell elsewhere. */
import type { ExecutionEvent } from './execute';

export interface ProgressLine {
  event(event: ExecutionEvent): void;
  /** End the line with a last word. */
  finish(word: string): void;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Follow one notebook on `stream`. */
export function progressLine(name: string, stream: NodeJS.WriteStream): ProgressLine {
  const start = performance.now();
  let cell = 'starting the kernel';
  let note = '';
  let lastNote = 0;
  const line = (): string =>
    `${name}  ${cell}  ${clock(performance.now() - start)}${note ? `  ${note}` : ''}`;
  const redraw = (): void => {
    if (!stream.isTTY) return;
    const width = (stream.columns || 100) - 1;
    stream.write(`\r\x1b[2K${line().slice(0, width)}`);
  };
  const timer = setInterval(redraw, 1000);
  timer.unref();
  redraw();
  return {
    event(event) {
      if (event.event === 'cell') {
        cell = `cell ${event.cell}/${event.of}`;
        note = '';
      } else if (event.event === 'progress') {
        note = event.text;
        // A log gets one line per half minute of a long cell.
        if (!stream.isTTY && performance.now() - lastNote > 30000) {
          lastNote = performance.now();
          stream.write(`${line()}\n`);
        }
      } else if (event.event === 'done' && !stream.isTTY) {
        note = '';
        stream.write(`${line()}\n`);
      }
      redraw();
    },
    finish(word) {
      clearInterval(timer);
      stream.write(
        `${stream.isTTY ? '\r\x1b[2K' : ''}${name}  ${word}  ${clock(performance.now() - start)}\n`,
      );
    },
  };
}
