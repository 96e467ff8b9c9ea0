/** Verification: parity with the authors’ code, and robustness against faults made on purpose. */
export { checkParity } from './parity/check';
export { checkedPrecision, judge, type Comparison } from './parity/compare';
export { filled, filledBatch, filledParameters } from './parity/filling';
export { assertLogits, type ExpectedLogits } from './parity/logits';
export { filledImportance } from './parity/measure';
export { recordedParity, recordParity, writeParity } from './parity/recorded';
export { readReference } from './parity/reference';
export { paritySummary, parityTable } from './parity/table';
export {
  runDeterminism,
  THREAD_TOLERANCE,
  type DeterminismSummary,
} from './robustness/determinism';
export { runAvKills, runKills, type KillRound, type KillSummary } from './robustness/kill';
export { runFuzz, type FuzzOptions, type FuzzSummary } from './robustness/run';
export { runSoak, type SoakSummary } from './robustness/soak';
