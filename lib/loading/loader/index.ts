/** Batches for training and for the meta step. */
export type { Batch } from './batch';
export type { SampleSettings } from './draw-sample';
export { openLoader, type Loader, type LoaderOptions } from './open-loader';
export {
  metaOrder,
  trainingOrder,
  type MetaOrderOptions,
  type OrderOptions,
  type TrainingOrderOptions,
} from './order';
