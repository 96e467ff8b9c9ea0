/** From cases on disk to crops for training. */
export { openPrepared } from './prepared';
