/** The authors' post-processing of predictions. */
export { tumourComponents, type TumourComponent } from '../../volume/components';
export {
  relabelDarkOedema,
  type DarkOedema,
  type DarkOedemaInput,
  type DarkOedemaOptions,
  type SplitOedema,
} from './dark-oedema';
export { relabelFewEnhancing, type FewEnhancing } from './few-enhancing';
export { postprocessFile, type PostprocessFiles } from './files';
export { exactKMeans, type ValueCluster } from '../../volume/k-means';
export { labelCounts, type LabelCounts } from './label-counts';
export { PAPER_POSTPROCESSING, paperPostprocessing, type PostprocessingOptions } from './options';
export {
  postprocess,
  type Postprocessed,
  type PostprocessingReport,
  type PostprocessInput,
} from './postprocess';
export { removeLowComponents, removeSmallComponents, type Removal } from './remove-components';
export type { VoxelGrid, VoxelOrder } from '../../volume/voxel-order';
