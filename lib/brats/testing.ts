/** For tests: trainings that look finished, without the hours. */
import { writeFileSync } from 'node:fs';
import { saveTraining } from '../checkpoint';
import type { Config } from '../config';
import { checkpointFile } from './folder';
import { BRATS_METHODS, type BratsMethod } from './methods';
import { trainingSteps } from './schedule';
import { configOfTask, runFile, taskFolder, type BratsRun } from './task';
import { createTraining, disposeTraining } from './training';
import { makeFolder } from '../write-file';

export interface FinishedRunOptions {
  /** Its seed is the run's. */
  config: Config;
  method: BratsMethod;
  dataHash: string;
  /** Whose first weights are taken for the trained ones (default: the config's). */
  weightsOfSeed?: number;
}

/** A finished run's folder, at the step after the last. Returns the run. */
export function writeFinishedRun(
  directory: string,
  { config, method, dataHash, weightsOfSeed = config.seed }: FinishedRunOptions,
): BratsRun {
  const { seed } = config;
  const task = { method, seed };
  const folder = taskFolder(config, task, { directory, dataHash });
  makeFolder(folder);
  const training = createTraining(configOfTask(config, task), weightsOfSeed);
  const step = trainingSteps(config.brats);
  saveTraining(checkpointFile(folder), { ...training, seed, step });
  disposeTraining(training);
  const score = Object.keys(BRATS_METHODS).indexOf(method) / 10;
  const test = { a: Array.from({ length: 15 }, () => [score, 0.5, 0.25]) };
  const run: BratsRun = {
    ...{ method, seed, test, metaValidation: {}, weights: [] },
    curves: { stride: 25, dice: [], crossEntropy: [], distillation: [] },
    seconds: { training: 60, evaluation: 1 },
  };
  writeFileSync(runFile(folder), JSON.stringify(run));
  return run;
}
