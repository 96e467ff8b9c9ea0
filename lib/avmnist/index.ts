/** Audiovision-MNIST: training, the experiment behind the tables. */
export { bestEpochSentences, lowerBoundSentences, rowSentences, weightsSentences } from './answers';
export { avConclusions } from './conclusions';
export { audiovision, avRivals, avTuning } from './experiments';
export type { AvComparison, AvDeclaration } from './declaration';
export { AV_EXPERIMENTS, type AvExperimentName, type DeclaredExperiment } from './declared';
export { primarySentence, type DeclaredResults } from './declared-tables';
export type { AvMeasure } from './measures';
export type { AvPredictions, RunPredictions, WrongPredictions } from './predictions';
export { classificationModel } from './models';
export {
  avDataRef,
  avMnist as avMnistProblem,
  type AvData,
  type AvExperiment,
  type AvKind,
} from './problem';
export {
  recordedAvMnist,
  recordedAvTuning,
  recordedAvRivals,
  recordedDeclared,
  type RecordedAvMnist,
} from './recorded';
export { epochBatches, type TrainingSplit } from './split';
export {
  evaluate,
  toDevice,
  trainStep,
  type Evaluation,
  type Trainee,
  type TrainStepInput,
} from './steps';
export type {
  AvBatch,
  AvBetweenInput,
  AvInput,
  AvLoss,
  AvLossInput,
  AvPrepareInput,
  AvState,
  AvProtocol,
  ClassificationModel,
  BatchTensors,
  DevicePairs,
  TrainingPairs,
} from './models/model';
export type { AvCurves, AvEvent, AvScores } from './run';
export type { Selection } from './accuracy';
export type { AvArm, AvCell } from './arms';
