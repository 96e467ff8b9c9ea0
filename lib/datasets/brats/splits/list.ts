/** Reads lists of cases, one per line, as in the authors' and other public splits. */
import { UserError } from '../../../base/errors';
import { readLines } from '../../../base/text';
import type { Splits } from './splits';

/** One line of a list that names a case. */
export interface ListedCase {
  /** The last part of the path, without a trailing separator. */
  name: string;
  /** All parts of the path, such as ["HGG", "Brats18_2013_2_1", "Brats18_2013_2_1"]. */
  path: string[];
  /** From 1. */
  line: number;
}

/** A column heading, not a case: "case", "Brats18ID", "subject_id". */
const HEADING = /^(brats\d*[_ ]?)?(case|subject|patient|name|id)s?([_ ]?(id|name)s?)?$/i;

/**
 * The cases in a list: one name, folder or start of a file name per line. What follows a comma or a
 * tab is ignored, as are a heading, empty lines and those starting with #.
 * @throws UserError naming the file, when it can't be read
 */
export function readCaseList(file: string): ListedCase[] {
  const listed = readLines(file)
    .map((text, i) => ({ path: pathOf(text), line: i + 1 }))
    .filter(({ path }) => path.length > 0 && !path[0].startsWith('#'))
    .map(({ path, line }) => ({ name: path[path.length - 1], path, line }));
  return listed.length > 0 && HEADING.test(listed[0].name) ? listed.slice(1) : listed;
}

function pathOf(text: string): string[] {
  const [first] = text.split(/[,\t]/);
  return first
    .trim()
    .replace(/^["']|["']$/g, '')
    .split(/[\\/]/)
    .map((part) => part.replace(/_+$/, ''))
    .filter((part) => part !== '');
}

/**
 * The names in a list, each that of a case of the data set.
 *
 * @param names of the cases of the data set
 * @throws UserError naming file and line, for a name that no case has or that appears twice, and for
 *   a list without any
 */
export function readSplitList(file: string, names: readonly string[]): string[] {
  return readLists([file], names)[0];
}

/** The three lists of a split; a data set that is tested elsewhere has none for testing. */
export interface SplitFiles {
  train: string;
  metaValidation: string;
  test?: string;
}

/**
 * The splits of list files, such as a public fold of 199, 29 and 57 cases. Cases in no list are
 * left out.
 *
 * @param names of the cases of the data set
 * @throws UserError as `readSplitList`, and for a case that is in two of the lists
 */
export function readSplits(files: SplitFiles, names: readonly string[]): Splits {
  const { train, metaValidation, test } = files;
  const lists = readLists([train, metaValidation, ...(test === undefined ? [] : [test])], names);
  return { train: lists[0], metaValidation: lists[1], test: lists[2] ?? [] };
}

/** Public lists put the grade before the name: `HG_Brats18_2013_2_1`. */
const GRADE = /^(HGG?|LGG?)_+/;

/**
 * The names in several lists, each that of a case of the data set, and none in two of them.
 *
 * @param names of the cases of the data set
 * @param onFault called with each fault, which is then not thrown
 * @throws UserError naming file and line, for a name that no case has or that appears twice, and for
 *   a list without any
 */
export function readLists(
  files: readonly string[],
  names: readonly string[],
  onFault: (fault: UserError) => void = (fault) => {
    throw fault;
  },
): string[][] {
  const known = new Set(names);
  const ungraded = (part: string): string => (known.has(part) ? part : part.replace(GRADE, ''));
  const seen = new Map<string, string>();
  return files.map((file) => {
    const lines = readCaseList(file);
    if (lines.length === 0) {
      onFault(
        new UserError(`${file} names no case; write one name per line`, {
          code: 'BAD_FILE',
          file,
          field: 'cases',
          value: 0,
        }),
      );
    }
    return lines.flatMap(({ path, name: last, line }) => {
      // A list of files has the case's folder before each; folders distinguish cases of one name.
      const parts = [...path].reverse().map(ungraded);
      const joined = path.map((_, i) => path.slice(i).join('-'));
      const name = [...parts, ...joined].find((part) => known.has(part)) ?? last;
      const fault = (problem: string, advice: string): [] => {
        onFault(
          new UserError(`${file}, line ${line}: ${name} ${problem}; ${advice}`, {
            code: 'BAD_FILE',
            file,
            field: `line ${line}`,
            value: name,
          }),
        );
        return [];
      };
      if (!known.has(name)) {
        return fault('is no case of the data set', 'correct the name or remove the line');
      }
      const other = seen.get(name);
      if (other === file) return fault('is twice in this list', 'remove one of the lines');
      if (other !== undefined) return fault(`is in ${other} too`, 'a case may be in one list only');
      seen.set(name, file);
      return [name];
    });
  });
}
