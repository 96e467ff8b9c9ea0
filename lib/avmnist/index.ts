/** Audiovision-MNIST: training, the experiment behind the tables. */
export { avConclusions } from './conclusions';
export { audiovision, avTuning } from './experiments';
export { classificationModel } from './models';
export { avDataRef, avMnist as avMnistProblem, type AvData, type AvExperiment } from './problem';
export { recordedAvMnist, recordedAvTuning } from './recorded';
export { epochBatches, type TrainingSplit } from './split';
export { evaluate, toDevice, trainStep } from './steps';
