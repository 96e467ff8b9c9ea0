/** A study: the pairs, and the trainings of a config on them, as one object. Notebooks work with it. */
import { join } from 'node:path';
import type { Config } from '../config';
import { loadAvMnist, type AvMnist, type AvMnistOptions } from '../datasets/av-mnist/avmnist';
import { finishTrainings } from '../experiment/follow';
import { notebookOf, resultsDirectoryOf } from '../report/notebook';
import { avDataRef, type AvExperiment, type AvPlace } from './problem';
import type { AvRun } from './run';

export interface AvStudy {
  config: Config;
  data: AvMnist;
  /** Folder and data of the trainings. */
  place: AvPlace;
  /**
   * Trains and scores what is missing in parallel processes, with one progress bar.
   * @returns all runs, in the order of `cellsOf`
   * @throws UserError as `runExperiment` and `finishedRun`
   */
  runs(experiment: AvExperiment): Promise<AvRun[]>;
}

/**
 * The study of a config: the pairs, and its trainings in the results folder. With the config of the running notebook,
 * the data are added to the notebook's record.
 * @throws UserError as `loadAvMnist`
 */
export async function study(config: Config, options: AvMnistOptions = {}): Promise<AvStudy> {
  const data = await loadAvMnist(options);
  const notebook = notebookOf(config);
  const { sha256, speechDescription: description } = data;
  notebook?.recordData({ name: 'audiovision-mnist', sha256, description });
  const results = notebook?.resultsDirectory ?? resultsDirectoryOf(config);
  const place = {
    directory: join(results, 'runs', 'av-mnist'),
    data: avDataRef(data, options.dataDirectory),
  };
  return {
    config,
    data,
    place,
    runs: (experiment) => finishTrainings(experiment, place),
  };
}
