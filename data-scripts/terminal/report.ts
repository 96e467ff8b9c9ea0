/** Output of a command: text lines, or JSON for programs. */

export interface Report {
  /** A text line; on stderr if JSON uses stdout. */
  say: (line: string) => void;
  /** Progress of long work, for programs only: one JSON line. */
  event: (value: object) => void;
  /** The result, printed last: text lines, or one JSON line. NaN becomes null. */
  result: (value: object, lines?: string) => void;
}

export interface JsonOption {
  json?: boolean;
}

export function reportTo({ json = false }: JsonOption): Report {
  const print = (value: object): void => console.log(JSON.stringify(value));
  if (json) return { say: (line) => console.error(line), event: print, result: print };
  return {
    say: (line) => console.log(line),
    event: () => undefined,
    result: (_, lines) => {
      if (lines !== undefined) console.log(lines);
    },
  };
}
