/** The networks. */
export { segmentationParameters, type RunOptions } from './segmentation';
export type { Mode, Network } from './audio-visual';
export type { ConvSpec } from './segmentation-layers';
