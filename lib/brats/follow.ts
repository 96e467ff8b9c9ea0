/** Progress for notebooks: one training with its curves. */
import { trainCell } from '../experiment/train-cell';
import { cellFolder } from '../experiment/store';
import { cellOf } from '../experiment/cells';
import { liveFigure, progress } from '../report/display';
import type { BratsExperiment } from './experiments/arms';
import { liveTrainingFigure, type LossLine } from './figures/training';
import { logSoFar } from './folder';
import type { BratsRunLocation } from './problem';
import type { BratsRun } from './run-record';
import { stageSteps, trainingSteps } from './schedule';

/**
 * Trains and scores one arm of an experiment in this process; its curves grow under a progress bar. A stopped training
 * is resumed, and a finished one shows its curves at once.
 * @throws UserError as `trainCell`
 */
export async function watchTraining(
  experiment: BratsExperiment,
  { arm, seed }: { arm: string; seed: number },
  place: BratsRunLocation,
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
  let done = lines.length;
  const onCompile = (): void => bar.update(done, 'compiling the step');
  for await (const event of trainCell(problem, cell, place, { onCompile })) {
    if (event.kind === 'run') run = event.run;
    if (event.kind !== 'step') continue;
    // A kill can leave lines of steps after the last checkpoint, which are repeated.
    lines.splice(event.step);
    lines.push(event);
    done = event.step + 1;
    bar.update(done);
    live.update(() => liveTrainingFigure(lines, options));
  }
  bar.finish();
  live.update(() => liveTrainingFigure(lines, options));
  live.finish();
  if (!run) throw new Error('a training ended without its run');
  return run;
}
