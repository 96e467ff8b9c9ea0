/** Trainings that a notebook watches, under a progress bar. */
import { progress, type Progress } from '../report/display';
import { cellsOf, type ExperimentCell } from './cells';
import type { Experiment, Kind, Run } from './experiment';
import { progressOf, runExperiment } from './run';
import { finishedRun, type RunLocation } from './store';

/**
 * Trains and scores what is missing, in parallel processes. The bar counts the steps of all trainings, and names those
 * that are running.
 * @param cells a part of the experiment; default: all of it
 * @returns the finished runs of the cells
 * @throws UserError as `runExperiment` and `finishedRun`
 */
export async function finishTrainings<K extends Kind>(
  experiment: Experiment<K>,
  place: RunLocation<K['data']>,
  cells: readonly ExperimentCell<K['config']>[] = cellsOf(experiment),
): Promise<Run<K['scores']>[]> {
  let bar: Progress | undefined;
  const events = runExperiment(experiment, place, { cells });
  for await (const { plan, before, done, total, doing } of progressOf(events)) {
    if (!bar) console.log(plan);
    bar ??= progress('steps of all trainings', total - before);
    bar.update(done - before, [...doing.keys()].join(' and '));
  }
  bar?.finish();
  return cells.map((cell) => finishedRun(experiment.problem, cell, place));
}
