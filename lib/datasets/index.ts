/** The data sets: which files belong together, what they hold, phantoms. */
export { loadAvMnist } from './av-mnist/avmnist';
export { fsddChecksums, verifyRecording } from './av-mnist/fsdd';
export { downloadFolder, loadRecordings, searchRecordings } from './av-mnist/recordings';
export { anyFile, type CaseFiles } from './brats/case-files';
export { collectCases, findCases, type FindCasesOptions } from './brats/cases';
export { isKitResult, resultMark } from './brats/kit-result';
export {
  EDITIONS,
  knownCodes,
  labelsInCodes,
  parseLabelCodes,
  type LabelCodes,
} from './brats/label-codes';
export { caseAt, caseOfScans } from './brats/one-case';
export { prepareOutputs } from './brats/outputs';
export { commonGrid, compareGrids, readCase, spatialGrid } from './brats/read-case';
export { REGIONS } from './brats/regions';
export { verifyDataSet, type VerifyOptions } from './brats/verify';
export type { DataFault } from './brats/verify/faults';
export { verifyUpload } from './brats/verify/upload';
export { writeSegmentation } from './brats/write-segmentation';
export {
  ensurePhantom,
  makePhantoms,
  type MakePhantomsOptions,
  type PhantomEvent,
} from './phantom/make-set';
