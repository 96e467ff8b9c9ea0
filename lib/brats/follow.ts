/** Progress for notebooks: reading data, and one training with its curves. */
import type { Config } from '../config';
import { trainCell } from '../experiment/train-cell';
import { cellFolder } from '../experiment/store';
import { cellOf } from '../experiment/cells';
import { liveFigure, progress, type Progress } from '../report/display';
import type { BratsData } from './data-set';
import type { BratsExperiment } from './experiments/arms';
import { liveTrainingFigure, type LossLine } from './figures';
import { logSoFar } from './folder';
import type { BratsPlace } from './problem';
import type { BratsRun } from './run-record';
import { stageSteps, trainingSteps } from './schedule';
import { studyData, type StudyDataOptions } from './study-data';

/**
 * `studyData` with progress bars: for making phantoms, and for the first reading of a data set on this machine.
 * @throws UserError as `studyData`
 */
export async function openStudy(
  config: Config,
  options: StudyDataOptions = {},
): Promise<BratsData> {
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
 * Trains and scores one arm of an experiment in this process; its curves grow under a progress bar. A stopped training
 * is resumed, and a finished one shows its curves at once.
 * @throws UserError as `trainCell`
 */
export async function watchTraining(
  experiment: BratsExperiment,
  { arm, seed }: { arm: string; seed: number },
  place: BratsPlace,
  { title }: { title: string },
): Promise<BratsRun> {
  const { problem } = experiment;
  const cell = cellOf(experiment, arm, seed);
  const { config } = cell;
  const steps = trainingSteps(config);
  const options = {
    title,
    steps,
    ...(config.scans === 'random' ? { stageTwoFrom: stageSteps(config, 1) } : {}),
  };
  const lines: LossLine[] = logSoFar(cellFolder(problem, cell, place));
  const bar = progress('steps', steps);
  const live = liveFigure();
  let run: BratsRun | undefined;
  for await (const event of trainCell(problem, cell, place, {})) {
    if (event.kind === 'run') run = event.run;
    if (event.kind !== 'step') continue;
    // A kill can leave lines of steps after the last checkpoint, which are repeated.
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
