/** Trainings that a notebook watches: one with its curves, or several under a progress bar. */
import type { Config } from '../config';
import { liveFigure, progress, type Progress } from '../report/display';
import type { ComparisonEvent } from './comparison';
import { logSoFar } from './folder';
import type { BratsMethodChanges } from './methods';
import { liveTrainingFigure, type LossLine } from './figures';
import { stageSteps, trainingSteps } from './schedule';
import { studyData, type StudyData, type StudyDataOptions } from './study-data';
import { configOfTask, taskFolder, trainTask, type BratsPlace } from './task';
import type { BratsRun, BratsTask } from './run-record';
import { trainingsUnderWay } from './under-way';

/**
 * `studyData` under progress bars: for making phantoms, and for reading a data set that this machine has not read.
 * @throws ReaderError as `studyData`
 */
export async function openStudy(
  config: Config,
  options: StudyDataOptions = {},
): Promise<StudyData> {
  let making: Progress | undefined;
  let reading: Progress | undefined;
  const data = await studyData(config, {
    onEvent: ({ done, total }) => {
      making ??= progress('phantoms', total);
      making.update(done);
    },
    onCase: (done, total) => {
      making?.finish();
      making = undefined;
      reading ??= progress('cases read', total);
      reading.update(done);
    },
    ...options,
  });
  reading?.finish();
  return data;
}

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
    live.update(() => liveTrainingFigure(lines, options));
  }
  bar.finish();
  live.update(() => liveTrainingFigure(lines, options));
  live.finish();
  if (!run) throw new Error('a training ended without its run');
  return run;
}

/** Runs trainings to their end; the bar counts the steps of all of them, and names those that are under way. */
export async function followTrainings(
  events: AsyncIterable<ComparisonEvent>,
  methods?: BratsMethodChanges,
): Promise<void> {
  let bar: Progress | undefined;
  for await (const { plan, before, done, total, doing } of trainingsUnderWay(events, methods)) {
    if (!bar) console.log(plan);
    bar ??= progress('steps of all trainings', total - before);
    bar.update(done - before, [...doing.keys()].join(' and '));
  }
  bar?.finish();
}
