/** Provenance and protocol of a BraTS-like data set. */
import { dirname } from 'node:path';
import type { CaseFiles } from '../datasets/brats';
import { anyFile } from '../datasets/brats/case-files';
import { isPhantomName, isPhantomSet } from '../datasets/phantom';
import type { DataFacts, Protocol, Provenance } from '../datasets/provenance';
import type { FolderSplits } from '../datasets/brats/splits';

/** Folders from a case's file up to its set: case, grade, set, and one more. */
const HIGHEST = 4;

/** The facts of cases and their splits, read from the files' names, the sets they are in, and the split's rule. */
export function dataFacts(cases: readonly CaseFiles[], splits: FolderSplits): DataFacts {
  const provenance = provenanceOf(cases);
  return { provenance, protocol: provenance === 'phantom' ? 'phantoms' : protocolOf(splits) };
}

/** A single synthetic case makes the whole set incomparable with published numbers. */
function provenanceOf(cases: readonly CaseFiles[]): Provenance {
  const sets = new Map<string, boolean>();
  const inPhantomSet = (files: CaseFiles): boolean => {
    let folder = dirname(anyFile(files));
    for (let level = 0; level < HIGHEST; level++, folder = dirname(folder)) {
      const is = sets.get(folder) ?? isPhantomSet(folder);
      sets.set(folder, is);
      if (is) return true;
    }
    return false;
  };
  return cases.some((files) => isPhantomName(files.name) || inPhantomSet(files))
    ? 'phantom'
    : 'real';
}

const BY_SOURCE: Record<FolderSplits['source'], Protocol> = {
  folds: 'brats-one-fold',
  authors: 'brats-authors-five',
  lists: 'brats-own-split',
  seeded: 'brats-own-split',
};

function protocolOf({ source }: FolderSplits): Protocol {
  return BY_SOURCE[source];
}
