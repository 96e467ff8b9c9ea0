/** The networks. */
export { segmentationParameters, type RunOptions } from './segmentation';
export type { Drop, Mode, Network, TrainingMode } from './audio-visual';
export type { ConvSpec } from './segmentation-layers';
