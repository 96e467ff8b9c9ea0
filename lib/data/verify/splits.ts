/** Lists of cases, one file a split, and whether a case is in two of them. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ReaderError } from '../../errors';
import type { DataFault } from './faults';

/**
 * The names in a list: one case a line, as a name, a folder or the start of a file's name; what follows
 * a comma is not looked at, nor empty lines and those starting with #.
 * @throws ReaderError naming the file, when it can't be read
 */
export function readSplitList(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ReaderError(
      `${file} can't be read (${(cause as Error).message}); check the path`,
      { file },
      { cause },
    );
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.split(',')[0].trim().replace(/\/+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => basename(line).replace(/_+$/, ''));
}

/**
 * What is wrong with lists: a case in two of them or twice in one, and a name that no case has.
 * @param cases the names of the cases in the data set
 */
export function splitFaults(files: readonly string[], cases: readonly string[]): DataFault[] {
  const known = new Set(cases);
  const seen = new Map<string, string>();
  const faults: DataFault[] = [];
  for (const file of files) {
    for (const name of readSplitList(file)) {
      const other = seen.get(name);
      const wrong = [
        ...(other === undefined
          ? []
          : [other === file ? 'is twice in this list' : `is in ${other} too`]),
        ...(known.has(name) ? [] : ['is no case of the data set']),
      ];
      seen.set(name, other ?? file);
      for (const is of wrong) {
        faults.push({
          kind: 'split',
          case: name,
          file,
          value: name,
          message: `${file}: ${name} ${is}`,
        });
      }
    }
  }
  return faults;
}
