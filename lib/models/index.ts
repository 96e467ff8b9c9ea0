/** The networks. */
export { segmentationParameters } from './segmentation';
