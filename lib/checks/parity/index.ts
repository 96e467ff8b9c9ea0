/** Parity of the kit's network, losses, gradients and training steps with the authors' code. */
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
