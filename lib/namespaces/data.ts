/** Cases on disk: found, checked, prepared for the network, cropped. */
export { readCase, type BratsCase } from '../datasets/brats/read-case';
export type { CaseFiles } from '../datasets/brats/case-files';
export { verifyDataSet as verify, type Verification } from '../datasets/brats/verify';
export { openPrepared, type PreparedCases, type PreparedOptions } from '../loading/prepared';
export {
  drawSample,
  resizeSample,
  type PreparedCase,
  type Sample,
  type SamplingOptions,
} from '../loading/sampling';
