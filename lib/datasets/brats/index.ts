/** BraTS and data sets like it. */
export { collectCases, findCases, loneLabelNotes, type FindCasesOptions } from './cases';
export { missingScans, requireAllScans, type CaseFiles, type ImagePlace } from './case-files';
export {
  describeLabelCodes,
  EDITIONS,
  LABELS,
  parseLabelCodes,
  standardLabels,
  type LabelCodes,
} from './label-codes';
export { LAYOUTS, layoutOfPattern, type FileLayout, type Role } from './layouts';
export { caseAt, caseOfScans, type CaseChoice } from './one-case';
export { readCase, readLabelMap, type BratsCase, type ReadCaseOptions } from './read-case';
export { labelsOfRegions, regionMasks, REGIONS, type Region } from './regions';
export { writeSegmentation, type WriteSegmentationOptions } from './write-segmentation';
