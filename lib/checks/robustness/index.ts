/** Hostile files: seeded mutations of the kit's inputs, and the results of its readers. */
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
