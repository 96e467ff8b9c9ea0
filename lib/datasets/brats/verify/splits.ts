/** Every fault that a training would find in lists of cases. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../base/errors';
import { foldsIn, listsIn, readLists } from '../splits';
import { faultOf, type DataFault } from './faults';

/**
 * Faults of the lists that a training reads by default, those in `splits` in the folder: a list that is missing,
 * and all that `splitFaults` finds, in each fold.
 * @param cases the names of the cases in the data set
 */
export function folderSplitFaults(folder: string, cases: readonly string[]): DataFault[] {
  const place = join(folder, 'splits');
  if (!existsSync(place)) return [];
  const folds = foldsIn(place);
  const plain = folds.includes(undefined);
  return (plain || folds.length === 0 ? [undefined] : folds).flatMap((fold) => {
    try {
      const { files } = listsIn(place, { fold });
      return splitFaults(Object.values(files) as string[], cases);
    } catch (error) {
      return [faultOf('split', error)];
    }
  });
}

/**
 * Faults of the lists of one split: a case in two of them or twice in one, a name that no case has, an empty
 * list.
 * @param cases the names of the cases in the data set
 */
export function splitFaults(files: readonly string[], cases: readonly string[]): DataFault[] {
  const faults: UserError[] = [];
  readLists(files, cases, (fault) => faults.push(fault));
  return faults.map((error) => {
    const { value } = error.details;
    return { ...faultOf('split', error), ...(typeof value === 'string' ? { case: value } : {}) };
  });
}
