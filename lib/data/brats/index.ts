/** BraTS and data sets like it. */
export {
  collectCases,
  findCases,
  missingScans,
  requireAllScans,
  type CaseFiles,
  type FindCasesOptions,
  type ImagePlace,
} from './cases';
export { LAYOUTS, layoutOfPattern, type FileLayout, type Role } from './layouts';
export { readCase, type BratsCase, type ReadCaseOptions } from './read-case';
export {
  LABELS,
  labelsOfRegions,
  regionMasks,
  REGIONS,
  standardLabels,
  type LabelCodes,
  type Region,
} from './regions';
export { writeSegmentation } from './write-segmentation';
