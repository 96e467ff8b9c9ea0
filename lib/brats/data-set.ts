/** A data set of the segmentation: its cases, splits, provenance and protocol. */
import {
  collectCases,
  loneLabelNotes,
  type CaseFiles,
  type FindCasesOptions,
} from '../datasets/brats';
import {
  splitsOfFolder,
  type FolderSplits,
  type FolderSplitsOptions,
} from '../datasets/brats/splits';
import type { DataFacts } from '../datasets/provenance';
import type { DataRef } from '../experiment/experiment';
import { dataFacts } from './data-facts';

/** A data set on disk. */
export interface BratsDataSet extends DataFacts {
  cases: CaseFiles[];
  splits: FolderSplits;
  /** What was skipped or read in an unexpected way, one sentence each. */
  notes?: readonly string[];
}

/** A data set for training and tables, read once and identified by its content. */
export interface BratsData extends BratsDataSet, DataRef {
  folder: string;
}

/** How a data set is found, and how it is split. */
export type FindDataSetOptions = FindCasesOptions &
  Pick<FolderSplitsOptions, 'lists' | 'fold' | 'seed'>;

/** @throws UserError if the folder has no case, or its lists are wrong */
export function findDataSet(
  folder: string,
  { pattern, labels, ...splitting }: FindDataSetOptions = {},
): BratsDataSet {
  const found = collectCases(folder, { pattern, labels });
  const { cases, faults } = found;
  if (faults.length > 0) throw faults[0];
  const splits = splitsOfFolder(folder, cases, splitting);
  const notes = [...found.notes, ...loneLabelNotes(found)];
  return { cases, splits, ...dataFacts(cases, splits), notes };
}

/** The cases that a split names, in the order of the data set. */
export function casesOfSplits({
  cases,
  splits: { train, metaValidation, test },
}: Pick<BratsDataSet, 'cases' | 'splits'>): CaseFiles[] {
  const used = new Set([...train, ...metaValidation, ...test]);
  return cases.filter(({ name }) => used.has(name));
}
