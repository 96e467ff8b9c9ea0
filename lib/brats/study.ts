/** A study: the data of a config and the trainings on them, as one object. Notebooks and commands work with it. */
import { join } from 'node:path';
import type { Config } from '../config';
import { cellOf } from '../experiment/cells';
import type { DataRef } from '../experiment/experiment';
import { finishTrainings } from '../experiment/follow';
import { cellFolder, trainingRecords } from '../experiment/store';
import { notebookOf, resultsDirectoryOf } from '../report/notebook';
import { progress, type Progress } from '../report/display';
import type { BratsData } from './data-set';
import type { BratsExperiment } from './experiments/arms';
import { checkpointFile } from './folder-files';
import { watchTraining } from './follow';
import { readLog } from './run-log';
import type { BratsRunLocation } from './problem';
import type { BratsRun, LogLine } from './run-record';
import { studyData, type StudyDataOptions } from './study-data';

/** A part of an experiment; default: all of it. */
export interface StudyPart {
  arms?: readonly string[];
  seeds?: readonly number[];
}

export interface BratsStudy {
  config: Config;
  data: BratsData;
  /** Folder and data of the trainings; notebooks and `mckd compare` share it. */
  place: BratsRunLocation;
  /** Data and preset in words. */
  caption: string;
  /** For tables: facts of the data, with the caption. */
  captioned: DataRef;
  /**
   * Trains and scores one arm with the config's seed in this process; its curves grow under a progress bar. A stopped
   * training is resumed, and a finished one shows its curves at once.
   * @throws UserError as `trainCell`
   */
  run(experiment: BratsExperiment, arm: string, options: { title: string }): Promise<BratsRun>;
  /**
   * Trains and scores what is missing in parallel processes, with one progress bar.
   * @returns the finished runs, seed by seed, the arms in the order given
   * @throws UserError as `runExperiment` and `finishedRun`
   */
  runs(experiment: BratsExperiment, part?: StudyPart): Promise<BratsRun[]>;
  /** The trained network of an arm, with the config's seed. */
  checkpoint(experiment: BratsExperiment, arm: string): string;
  /**
   * The log of an arm's training, with the config's seed: one line per step.
   * @throws UserError as `readLog`
   */
  log(experiment: BratsExperiment, arm: string): LogLine[];
}

/**
 * The study of a config: its data, made or read under progress bars (`studyData`), and its trainings in the results
 * folder. With the config of the running notebook, data and trainings are added to the notebook's record.
 * @throws UserError as `studyData`
 */
export async function study(config: Config, options: StudyDataOptions = {}): Promise<BratsStudy> {
  const data = await readUnderBars(config, options);
  const directory = notebookOf(config)?.resultsDirectory ?? resultsDirectoryOf(config);
  const { sha256, description } = data;
  notebookOf(config)?.recordData({ name: 'brats', sha256, description });
  return studyOn(config, data, directory);
}

/** The study of a config on given data, with its trainings in a results folder. */
export function studyOn(config: Config, data: BratsData, resultsDirectory: string): BratsStudy {
  const place = { directory: join(resultsDirectory, 'brats', 'runs'), data };
  const caption = `${data.description}, preset ${config.preset}`;
  const record = (experiment: BratsExperiment, runs: readonly BratsRun[]): void =>
    notebookOf(config)?.recordTrainings(trainingRecords(experiment, runs, place));
  const folderOf = (experiment: BratsExperiment, arm: string): string =>
    cellFolder(experiment.problem, cellOf(experiment, arm, config.seed), place);
  return {
    config,
    data,
    place,
    caption,
    captioned: { ...data, description: caption },
    run: async (experiment, arm, { title }) => {
      const run = await watchTraining(experiment, { arm, seed: config.seed }, place, { title });
      record(experiment, [run]);
      return run;
    },
    runs: async (experiment, { arms, seeds } = {}) => {
      const keys = arms ?? experiment.arms.map(({ key }) => key);
      const cells = (seeds ?? experiment.seeds).flatMap((seed) =>
        keys.map((arm) => cellOf(experiment, arm, seed)),
      );
      const runs = await finishTrainings(experiment, place, cells);
      record(experiment, runs);
      return runs;
    },
    checkpoint: (experiment, arm) => checkpointFile(folderOf(experiment, arm)),
    log: (experiment, arm) => readLog(folderOf(experiment, arm)),
  };
}

async function readUnderBars(config: Config, options: StudyDataOptions): Promise<BratsData> {
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
