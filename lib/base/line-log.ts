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
import { naming, writeFileWhole } from './write-file';

export interface LineLog {
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
export function openLineLog(file: string, keep: number): LineLog {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, keep) : [];
  const kept = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  writeFileWhole(file, kept, { flush: true });
  const open = naming(file, () => openSync(file, 'r+'));
  let end = kept.length;
  return {
    write: (value) => {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      naming(file, () => {
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
    flush: () => naming(file, () => fsyncSync(open)),
    close: () => closeSync(open),
  };
}
