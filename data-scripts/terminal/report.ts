/** What a command says: lines for people, or JSON for programs. */

export interface Report {
  /** A line for people; where JSON has stdout, on stderr. */
  say: (line: string) => void;
  /** A moment of long work, for programs alone: a JSON object on a line. */
  event: (value: object) => void;
  /** What came of it, said last: lines for people, or a JSON object on a line. NaN becomes null. */
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
