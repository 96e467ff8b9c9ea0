/** Cases prepared for training, cached on disk. */
export { caseContent } from './case-key';
export type { CaseReader } from './case-reader';
export { contentHashes, type ContentHashes } from './content-hashes';
export { folderUsage, type FolderUsage } from './folder';
export { landmarksOf } from './landmarks';
export type { NormalisationChoice } from './normaliser';
export {
  defaultPreparedFolder,
  openPrepared,
  type PreparedCases,
  type PreparedOptions,
} from './open-prepared';
export { prepareCase, type PrepareOptions } from './prepare';
