/** A run's accuracy on the test pairs. */
import type { AvRun } from './run';

/**
 * The selected epoch of a run. `bestOnTest`: the best epoch on the test pairs, as the
 * published numbers were chosen (so they are optimistic). `chosenOnHeldOut`: the best epoch on
 * the held-out training pairs, with the test pairs unseen.
 */
export type Selection = 'bestOnTest' | 'chosenOnHeldOut';

/** Test accuracy of a run in percent. */
export function accuracy(run: AvRun, selection: Selection): number {
  const epoch = selection === 'bestOnTest' ? run.bestTestEpoch : run.chosenEpoch;
  return 100 * run.curves.testAccuracy[epoch - 1];
}
