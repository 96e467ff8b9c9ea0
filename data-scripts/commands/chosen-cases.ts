/** The cases of a command, from its options. */
import { MODALITIES, UserError } from '@mckd/lib/base';
import {
  caseAt,
  caseOfScans,
  collectCases,
  type CaseFiles,
  type FindCasesOptions,
} from '@mckd/lib/datasets';

export interface CaseOptions extends FindCasesOptions {
  /** A case's folder, an image of it, or a folder of several. */
  case?: string;
  name?: string | string[];
  flair?: string;
  t1?: string;
  t1ce?: string;
  t2?: string;
}

export interface ChosenCases {
  cases: CaseFiles[];
  notes: string[];
}

/**
 * The one case that options name.
 * @throws UserError as `caseAt` and `caseOfScans`, and if both or neither of --case and scans are given
 */
export function chosenCase(options: CaseOptions): { files: CaseFiles; notes: string[] } {
  const { name, pattern, labels } = options;
  const [first, ...others] = [name ?? []].flat();
  if (others.length > 0) throw severalNames(others.length + 1);
  const scans = MODALITIES.filter((modality) => options[modality] !== undefined);
  if (scans.length > 0 === (options.case !== undefined)) {
    throw new UserError(
      scans.length > 0
        ? `--case and --${scans[0]} are both given; give the case's folder, or its scans one by one`
        : 'no case is given; give --case FOLDER, or scans one by one: --flair FILE --t1ce FILE',
      { code: 'USAGE', field: '--case', value: options.case },
    );
  }
  if (options.case === undefined) {
    return { files: caseOfScans(options, { name: first, labels }), notes: [] };
  }
  return caseAt(options.case, { name: first, pattern, labels });
}

/**
 * All cases that options name: those of --name, else all of the folder.
 * @throws UserError as `chosenCase`, and as `collectCases`
 */
export function chosenCases(options: CaseOptions): ChosenCases {
  const { pattern, labels } = options;
  const names = [options.name ?? []].flat();
  if (options.case === undefined || names.length === 1) {
    const { files, notes } = chosenCase(options);
    return { cases: [files], notes };
  }
  const found = collectCases(options.case, { pattern, labels });
  if (found.faults.length > 0) throw found.faults[0];
  if (names.length === 0) return found;
  const cases = names.map((name) => caseAt(options.case ?? '', { name, pattern, labels }).files);
  return { cases, notes: found.notes };
}

function severalNames(count: number): UserError {
  return new UserError(
    `--name names ${count} cases, but only one is allowed; give --out a folder`,
    { code: 'USAGE', field: '--name', value: count },
  );
}
