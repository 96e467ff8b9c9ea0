/** The data sets: what notebooks and commands use. */
export {
  keepRecordings,
  loadAvMnist,
  type AvMnist,
  type AvMnistOptions,
  type AvMnistPairs,
} from './av-mnist/avmnist';
export {
  caseAt,
  caseOfScans,
  collectCases,
  describeLabelCodes,
  EDITIONS,
  findCases,
  LABELS,
  labelsOfRegions,
  missingScans,
  parseLabelCodes,
  readCase,
  readLabelMap,
  regionMasks,
  REGIONS,
  writeSegmentation,
  type BratsCase,
  type CaseChoice,
  type CaseFiles,
  type FindCasesOptions,
  type ImagePlace,
  type LabelCodes,
  type ReadCaseOptions,
  type Region,
} from './brats';
export { defaultCacheDirectory } from '../base/cache';
export { FSDD_SPEAKERS, fsddChecksums, verifyRecording } from './av-mnist/fsdd';
export { mfcc, MFCC_SIZE } from './av-mnist/mfcc';
export { mnist, MNIST_SIDE, type MnistPart, type MnistSet } from './av-mnist/mnist';
export {
  ensurePhantom,
  makePhantoms,
  type EnsurePhantomOptions,
  type MakePhantomsOptions,
  type PhantomEvent,
  type PhantomOptions,
} from './phantom';
export type { Recording, Recordings } from './av-mnist/recording';
export {
  downloadFolder,
  searchRecordings,
  loadRecordings,
  type RecordingsOptions,
  type RecordingsPlace,
} from './av-mnist/recordings';
export {
  authorsSplit,
  readSplitList,
  readSplits,
  seededSplit,
  splitsOfFolder,
  type FolderSplits,
  type FolderSplitsOptions,
  type SeededSplitOptions,
  type SplitCase,
  type SplitFiles,
  type Splits,
} from './brats/splits';
export {
  verifyDataSet,
  type DataFault,
  type FaultKind,
  type Verification,
  type VerifyOptions,
} from './brats/verify';
