/**
 * The public face of the kit, which notebooks import and nothing else: the method, the toy, the notebook's own book,
 * and namespaces for the two tasks, data, figures and tables. Commands take the rooms by their names (`@mckd/lib/config`).
 */
export { UserError } from './base/errors';
export { randomStream, type RandomStream } from './base/random';
export { buildConfig, type Config, type ImportanceConfig } from './config';
export { cellName, cellOf, cellsOf } from './experiment/cells';
export { finishTrainings } from './experiment/follow';
export { coreSeconds, meanOf, runsOf, seedsOf } from './experiment/metrics';
export {
  disposeImportance,
  fillMissing,
  importanceWeights,
  initImportance,
  metaGradient,
  metaStep,
  pairwiseDistillation,
  readWeights,
  teacherStudentRatios,
  type Availability,
  type Importance,
  type TaskLoss,
} from './mckd';
export * as avMnist from './namespaces/av-mnist';
export * as brats from './namespaces/brats';
export * as data from './namespaces/data';
export * as figures from './namespaces/figures';
export * as tables from './namespaces/tables';
export { binaryCrossEntropy, crossEntropy, diceLoss, segmentationLoss } from './nn/losses';
export { tf } from './nn/tf';
export { liveFigure, showAudio, showFigure, showMarkdown, showTable } from './report/display';
export type { Figure } from './report/figures/types';
export { finishNotebook, startNotebook, type Notebook } from './report/notebook';
export type { Table } from './report/tables/types';
export { toyData, trainToy, type ToyData, type ToyRun } from './toy';
export { toyFigure, toyTable, toyWeightsFigure } from './toy-figures';
