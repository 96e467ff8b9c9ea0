/** Trainings that a notebook watches: one with its curves, or several under a progress bar. */
import type { Config } from '../config';
import { liveFigure, progress, type Progress } from '../display';
import type { ComparisonEvent } from './comparison';
import { logSoFar } from './folder';
import { liveTrainingFigure, type LossLine } from './pictures';
import { stageSteps, trainingSteps } from './schedule';
import {
  configOfTask,
  taskFolder,
  trainTask,
  type BratsPlace,
  type BratsRun,
  type BratsTask,
} from './task';

/**
 * Trains and evaluates one task in this process; its curves grow under a progress bar. A stopped training goes
 * on, and a finished one shows its curves at once.
 * @throws ReaderError as `trainTask`
 */
export async function watchTraining(
  config: Config,
  task: BratsTask,
  place: BratsPlace,
  { title }: { title: string },
): Promise<BratsRun> {
  const brats = configOfTask(config, task, place.methods);
  const steps = trainingSteps(brats);
  const options = {
    title,
    steps,
    ...(brats.dropsModalities ? { stageTwoFrom: stageSteps(brats, 1) } : {}),
  };
  const lines: LossLine[] = logSoFar(taskFolder(config, task, place));
  const bar = progress('steps', steps);
  const live = liveFigure();
  let run: BratsRun | undefined;
  for await (const event of trainTask(config, task, place)) {
    if (event.kind === 'run') run = event.run;
    if (event.kind !== 'step') continue;
    // A kill can leave lines of steps after the last checkpoint, which are made again.
    lines.splice(event.step);
    lines.push(event);
    bar.update(event.step + 1);
    live.update(liveTrainingFigure(lines, options));
  }
  bar.finish();
  live.update(liveTrainingFigure(lines, options));
  live.finish();
  if (!run) throw new Error('a training ended without its run');
  return run;
}

/** Runs trainings to their end; the bar counts the steps of all of them, and names those that are under way. */
export async function followTrainings(events: AsyncIterable<ComparisonEvent>): Promise<void> {
  const doing = new Map<string, number>();
  let [total, done, before] = [0, 0, 0];
  let bar: Progress | undefined;
  for await (const event of events) {
    if (event.kind === 'plan') {
      total = event.total - event.done;
      before = event.done;
      if (before > 0) console.log(`${before} of ${event.total} trainings are there already`);
    }
    if (event.kind === 'progress') {
      const { method, seed } = event.task;
      doing.set(`${method}, seed ${seed}`, event.step / event.steps);
      bar ??= progress('steps of all trainings', total * event.steps);
      const under = [...doing.values()].reduce((sum, share) => sum + share, 0);
      bar.update(Math.round((done + under) * event.steps), [...doing.keys()].join(' and '));
    }
    if (event.kind === 'run') {
      doing.delete(`${event.run.method}, seed ${event.run.seed}`);
      done = event.done - before;
    }
  }
  bar?.finish();
}
