/** Hostile files: seeded mutations of what the kit reads, and what its readers make of them. */
export {
  inputsOf,
  runFuzz,
  type FuzzFault,
  type FuzzProgress,
  type FuzzOptions,
  type FuzzSummary,
  type TargetSummary,
} from './run';
export { FUZZ_TARGETS, fuzzTarget } from './targets';
export { FUZZ_LIMITS, type FuzzTarget, type Verdict } from './types';
