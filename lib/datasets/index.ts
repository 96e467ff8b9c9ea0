/** The data sets: which files belong together, what they hold, phantoms. */
export { loadAvMnist, type AvMnist, type AvMnistPairs, type AvSamples } from './av-mnist/avmnist';
export { exportAvMnist, type AvMnistExport } from './av-mnist/export';
export { fsddChecksums, verifyRecording } from './av-mnist/fsdd';
export {
  downloadFolder,
  loadRecordings,
  searchRecordings,
  type FoundRecordings,
  type RecordingsOptions,
  type RecordingsPlace,
} from './av-mnist/recordings';
export { anyFile, type CaseFiles, type ImagePlace } from './brats/case-files';
export { collectCases, findCases, type CollectedCases, type FindCasesOptions } from './brats/cases';
export { besideFile, isKitResult, resultMark } from './brats/kit-result';
export {
  EDITIONS,
  knownCodes,
  LABELS,
  labelsInCodes,
  parseLabelCodes,
  type LabelCodes,
} from './brats/label-codes';
export { caseAt, caseOfScans, type CaseChoice, type FoundCase } from './brats/one-case';
export { prepareOutputs, type OutputOptions } from './brats/outputs';
export {
  commonGrid,
  compareGrids,
  readCase,
  spatialGrid,
  type GridComparison,
  type ReadCaseOptions,
} from './brats/read-case';
export { REGIONS } from './brats/regions';
export { dataSource, dataSources, requireKnown, type DataSource } from './data-sources';
export { verifyDataSet, type VerifyOptions } from './brats/verify';
export type { DataFault, FaultKind } from './brats/verify/faults';
export { verifyUpload, type UploadCheck, type UploadOptions } from './brats/verify/upload';
export { writeSegmentation, type WriteSegmentationOptions } from './brats/write-segmentation';
export {
  ensurePhantom,
  makePhantoms,
  type EnsurePhantomOptions,
  type MakePhantomsOptions,
  type PhantomEvent,
} from './phantom/make-set';
export type { DataFacts, Provenance } from './provenance';
export type { FolderSplits, FolderSplitsOptions } from './brats/splits/folder';
export type { AnatomyMaps } from './phantom/anatomy';
export type { Recording, Recordings } from './av-mnist/recording';
