/** Trainings that a notebook watches, under a progress bar. */
import { progress, type Progress } from '../report/display';
import type { Kind } from './experiment';
import { progressOf, type ExperimentEvent } from './run';

/** Runs trainings to their end; the bar counts the steps of all of them, and names those that are running. */
export async function followTrainings(events: AsyncIterable<ExperimentEvent<Kind>>): Promise<void> {
  let bar: Progress | undefined;
  for await (const { plan, before, done, total, doing } of progressOf(events)) {
    if (!bar) console.log(plan);
    bar ??= progress('steps of all trainings', total - before);
    bar.update(done - before, [...doing.keys()].join(' and '));
  }
  bar?.finish();
}
