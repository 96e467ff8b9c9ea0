/** From cases on disk to crops for training. */
export { prepareCase } from './prepared/prepare';
