/** The case that a command is about. */
import { findCases, type CaseFiles } from '@mckd/lib/dist/data/brats';
import { ReaderError } from '@mckd/lib/dist/errors';

/** @throws ReaderError for a folder without a case, or with several */
export function oneCase(folder: string, pattern?: string): CaseFiles {
  const [files, ...others] = findCases(folder, { pattern });
  if (others.length === 0) return files;
  const names = [files, ...others].map(({ name }) => name);
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
  throw new ReaderError(`${folder} has ${names.length} cases (${shown}); give the folder of one`, {
    file: folder,
    field: 'case',
    value: names.length,
  });
}
