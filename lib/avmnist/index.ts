/** Audiovision-MNIST: training, the experiment behind the tables, tables and figures. */
export * from './arms';
export * from './conclusions';
export { audiovision, avTuning } from './experiments';
export { classificationModel, type ClassificationModel } from './models';
export * from './modalities';
export * from './figures';
export {
  avDataRef,
  avMnist as avMnistProblem,
  type AvData,
  type AvExperiment,
  type AvPlace,
} from './problem';
export * from './recorded';
export * from './results';
export * from './run';
export * from './split';
export * from './train';
