/** Whether a case is in two lists of cases, one file a split, or in none of the data set's. */
import { readCaseList } from '../splits/list';
import type { DataFault } from './faults';

/**
 * What is wrong with lists: a case in two of them or twice in one, and a name that no case has.
 * @param cases the names of the cases in the data set
 */
export function splitFaults(files: readonly string[], cases: readonly string[]): DataFault[] {
  const known = new Set(cases);
  const seen = new Map<string, string>();
  const faults: DataFault[] = [];
  for (const file of files) {
    for (const { name } of readCaseList(file)) {
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
