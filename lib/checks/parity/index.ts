/** Is the kit's network, with its losses, gradients and training steps, the authors'? */
export {
  checkedPrecision,
  compareCase,
  compareTrajectory,
  judge,
  type Comparison,
  type Precision,
  type Verdict,
} from './compare';
export { inFloat64 } from './float64';
export { checkParity, type ParityEvent, type ParityOptions } from './check';
export { parityTable, paritySummary } from './table';
export { readReference, referenceFile, type Reference } from './reference';
export {
  recordedParity,
  recordParity,
  writeParity,
  type ParityToWrite,
  type RecordedParity,
} from './recorded';
