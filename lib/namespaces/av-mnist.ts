/** Audiovision-MNIST: a written and a spoken digit, one of them scarce in training and absent at test. */
/** The figures of Audiovision-MNIST, which `book.show` shows and saves. */
export * as figures from './av-mnist-figures';
/** The tables of Audiovision-MNIST. */
export * as tables from './av-mnist-tables';
export {
  answerTables,
  bestEpochSentences,
  lowerBoundSentences,
  outcomeSentences,
  recordedAnswer,
  recordedRows,
  rowSentences,
  rowTables,
  weightsSentences,
  type Answer,
} from '../avmnist/answers';
export { avArm as arm } from '../avmnist/arms';
export { avConclusions as conclusions } from '../avmnist/conclusions';
export { audiovision as experiment, avRivals as rivals } from '../avmnist/experiments';
export { recordedAvMnist as recorded } from '../avmnist/recorded';
export { accuracy } from '../avmnist/accuracy';
export type { AvResults as Results } from '../avmnist/results';
export type { AvEpoch as Epoch, AvRun as Run } from '../avmnist/run';
export { splitTraining } from '../avmnist/split';
export type { AvPlace as Place } from '../avmnist/problem';
export { study, type AvStudy as Study } from '../avmnist/study';
export { trainAvMnist as train, type AvTrainingOptions } from '../avmnist/train';
export { keepRecordings } from '../datasets/av-mnist/avmnist';
export { loadRecordings } from '../datasets/av-mnist/recordings';
