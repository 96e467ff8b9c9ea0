/** Splits of a data set: by lists, by the authors' rule, by a seed. */
export { authorsSplit, hasAuthorsSplit } from './authors';
export { foldsIn, listsIn } from './fold';
export { splitsOfFolder, type FolderSplits, type FolderSplitsOptions } from './folder';
export {
  readCaseList,
  readLists,
  readSplitList,
  readSplits,
  type ListedCase,
  type SplitFiles,
} from './list';
export { seededSplit, type SeededSplitOptions } from './seeded';
export type { SplitCase, Splits } from './splits';
