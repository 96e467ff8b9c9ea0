/** A log of JSON lines that holds complete lines only, whatever happens while one is written. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { withFileInError, writeFileAtomic } from './atomic-write';

export interface JsonlLog {
  /**
   * Adds a value as a line.
   * @throws UserError naming the file if it can't be written; a partly written line is removed
   */
  write(value: unknown): void;
  /** Waits for the disk. */
  flush(): void;
  close(): void;
}

/** Complete lines of a log; none if there is no file. A kill can leave a partial line after them. */
export function countLines(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/**
 * Opens a log after its first lines; those after them are removed.
 * @throws UserError naming the file where it can't be written
 */
export function openJsonlLog(file: string, keep: number): JsonlLog {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, keep) : [];
  const kept = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  writeFileAtomic(file, kept, { flush: true });
  const open = withFileInError(file, () => openSync(file, 'r+'));
  let end = kept.length;
  return {
    write: (value) => {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      withFileInError(file, () => {
        try {
          let done = 0;
          while (done < line.length)
            done += writeSync(open, line, done, line.length - done, end + done);
        } catch (error) {
          ftruncateSync(open, end);
          throw error;
        }
      });
      end += line.length;
    },
    flush: () => withFileInError(file, () => fsyncSync(open)),
    close: () => closeSync(open),
  };
}
