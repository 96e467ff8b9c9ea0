/** Verification: parity with the authors’ code, and robustness by fault injection. */
export { checkParity, type ParityEvent, type ParityOptions } from './parity/check';
export {
  checkedPrecision,
  judge,
  type Comparison,
  type Precision,
  type Verdict,
} from './parity/compare';
export { filled, filledBatch, filledParameters } from './parity/filling';
export { assertLogits, type ExpectedLogits } from './parity/logits';
export { filledImportance } from './parity/measure';
export {
  recordedParity,
  recordParity,
  writeParity,
  type ParityToWrite,
  type RecordedParity,
} from './parity/recorded';
export { readParityFile, readReference, type ParityFile } from './parity/reference';
export { paritySummary, parityTable, type ParityTableOptions } from './parity/table';
export {
  disposeRivalBatch,
  openRivalTraining,
  rivalParameters,
  type RivalBatch,
  type RivalOptimizer,
  type RivalTraining,
  type RivalTrainingSpec,
} from './parity/rival-training';
export type { RivalCase } from './parity/golden';
export type { RivalTensors } from './parity/rivals';
export {
  runDeterminism,
  THREAD_TOLERANCE,
  type DeterminismSummary,
} from './robustness/determinism';
export {
  runAvKills,
  runKills,
  type KillOptions,
  type KillRound,
  type KillSummary,
} from './robustness/kill';
export {
  runFuzz,
  type FuzzFault,
  type FuzzOptions,
  type FuzzProgress,
  type FuzzSummary,
  type TargetSummary,
} from './robustness/run';
export type { Verdict as FuzzVerdict } from './robustness/types';
export { runSoak, type SoakOptions, type SoakSample, type SoakSummary } from './robustness/soak';
