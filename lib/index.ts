/**
 * The public face of the kit, which notebooks import and nothing else: the method, the toy, the notebook's own book,
 * and namespaces for the two tasks, data, figures and tables. Commands take the rooms by their names (`@mckd/lib/config`).
 */
export { UserError, type ErrorCode } from './base/errors';
export { randomStream, type RandomStream } from './base/random';
export { pairedVerdict, type Interval, type PairedVerdict } from './base/statistics';
export { buildConfig, type Config, type ImportanceConfig } from './config';
export { cellName, cellOf, cellsOf } from './experiment/cells';
export { coreSeconds, meanOf, runsOf, seedsOf } from './experiment/metrics';
export { check, given, type ExerciseId, type GivenOf } from './lessons';
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
  type AvailabilityTensors,
  type Importance,
  type TaskLoss,
} from './mckd';
/** Audiovision-MNIST: a written and a spoken digit, one of them scarce in training and absent at test. */
export * as avMnist from './namespaces/av-mnist';
/** The segmentation of brain tumours: four scans, of which any may be missing; three regions. */
export * as brats from './namespaces/brats';
/** Cases on disk: found, checked, prepared for the network, cropped. */
export * as data from './namespaces/data';
/** Figures of one's own numbers: plotly JSON, which `book.show` shows and saves. */
export * as figures from './namespaces/figures';
/** Tables of one's own numbers, as text and as danfojs frames. */
export * as tables from './namespaces/tables';
export { binaryCrossEntropy, crossEntropy, diceLoss, segmentationLoss } from './nn/losses';
export { tf } from './nn/tf';
export { liveFigure, showAudio, showFigure, showMarkdown, showTable } from './report/display';
export type { Figure, FigureTitle } from './report/figures/types';
export { finishNotebook, startNotebook, type Check, type Notebook } from './report/notebook';
export type { Table } from './report/tables/types';
export { toyData, trainToy, type ToyData, type ToyOptions, type ToyRun } from './toy';
export { toyFigure, toyTable, toyWeightsFigure } from './toy-figures';
