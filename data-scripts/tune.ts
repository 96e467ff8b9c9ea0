/** `mckd tune`: trials of settings, run where they are missing, then printed and left in results/. */
import { join, resolve } from 'node:path';
import {
  bratsSettingsTable,
  bratsTrials,
  buildConfig,
  findKitRoot,
  finishedComparison,
  finishedRuns,
  loadAvMnist,
  runAvExperiment,
  runComparison,
  settingsTable,
  settingTrials,
  summariseBratsTrial,
  summariseTrial,
  tableToMarkdown,
} from '@mckd/lib';
import { writeTrials, type TrialsToWrite } from '@mckd/lib/dist/experiment/recorded-trials';
import type { AvMnist } from '@mckd/lib/dist/datasets/av-mnist/avmnist';
import { tryPlace } from '@mckd/lib/dist/base/try-place';
import type { DataOptions } from './commands/arguments';
import { howToKeep, type RecordedName } from './commands/record';
import type { TuneCommandOptions } from './commands/tune';
import { withProgress, type ProgressOptions } from './progress';
import { reportTo } from './report';
import { openStudyData } from './study-data';
import { showTrainings } from './trainings';

const root = findKitRoot(__dirname);

const RUNS_BAR: ProgressOptions = {
  format: '{bar} {value}/{total} runs, {eta_formatted} left',
  lineMs: 30_000,
};

/** What is tried, and on what, where it isn't the kit's own trials. */
export interface AvMnistTrials {
  trials?: ReturnType<typeof settingTrials>;
  load?: () => Promise<Pick<AvMnist, 'sha256' | 'provenance' | 'protocol'>>;
}

/** @throws ReaderError where results can't be written; and as `loadAvMnist` and `runAvExperiment` */
export async function tuneAvMnist(
  options: TuneCommandOptions,
  { trials = settingTrials(), load = loadAvMnist }: AvMnistTrials = {},
): Promise<void> {
  const report = reportTo(options);
  const directory = placeOf('av-mnist', options);
  tryPlace(directory);
  const data = await load();
  const total = trials.reduce((sum, { tasks }) => sum + tasks.length, 0);
  const judged = await withProgress(RUNS_BAR, async ({ show }) => {
    let done = 0;
    const summaries = [];
    for (const { changes, config, tasks } of trials) {
      const place = { directory, dataHash: data.sha256, tasks };
      for await (const event of runAvExperiment(config, place)) {
        if (event.kind === 'run') done += 1;
        if (event.kind === 'plan') done += event.done;
        show(done, total);
      }
      summaries.push(summariseTrial(changes, finishedRuns(config, place)));
    }
    return summaries;
  });
  const left = keepInResults(directory, {
    command: 'npx mckd tune av-mnist',
    config: buildConfig('paper'),
    data: { sha256: data.sha256, provenance: data.provenance, protocol: data.protocol },
    trials: judged,
  });
  const table = settingsTable(judged);
  const lines = [tableToMarkdown(table), keeping('av-mnist-settings', options, left)];
  report.result({ folder: directory, trials: judged, table }, lines.join('\n'));
}

/** Likewise. */
export interface BratsTrials {
  made?: ReturnType<typeof bratsTrials>;
  on?: DataOptions;
}

/**
 * All trials at once, each in a process of its own as `mckd compare` runs its trainings.
 * @throws ReaderError where results can't be written; and as `openStudyData` and `runComparison`
 */
export async function tuneBrats(
  options: TuneCommandOptions,
  { made = bratsTrials(), on = {} }: BratsTrials = {},
): Promise<void> {
  const report = reportTo(options);
  const { config, trials, methods, tasks } = made;
  const directory = placeOf('brats', options);
  tryPlace(directory);
  const { sha256, ...data } = await openStudyData(config, on, report);
  const place = {
    directory,
    data,
    dataHash: sha256,
    methods,
    tasks,
  };
  const start = (signal: AbortSignal): ReturnType<typeof runComparison> =>
    runComparison(config, { ...place, signal });
  if (!(await showTrainings(start, report, methods))) return;
  const runs = finishedComparison(config, place);
  const judged = trials.map((changes, i) => summariseBratsTrial(changes, runs[i]));
  const { provenance, protocol } = data;
  const left = keepInResults(directory, {
    command: 'npx mckd tune brats',
    config,
    data: { sha256, provenance, protocol },
    trials: judged,
  });
  const table = bratsSettingsTable(judged);
  const lines = [tableToMarkdown(table), keeping('brats-settings', options, left)];
  report.result({ folder: directory, trials: judged, table }, lines.join('\n'));
}

function placeOf(experiment: string, { out }: TuneCommandOptions): string {
  return out === undefined ? join(root, 'results', 'tune', experiment) : resolve(out);
}

/** Writes the trials beside the runs; the file. */
function keepInResults<Trial>(
  directory: string,
  outcome: Omit<TrialsToWrite<Trial>, 'root'>,
): string {
  const file = join(directory, 'settings.json');
  writeTrials(file, { ...outcome, root });
  return file;
}

function keeping(name: RecordedName, { out }: TuneCommandOptions, left: string): string {
  return howToKeep(name, out === undefined ? undefined : left);
}
