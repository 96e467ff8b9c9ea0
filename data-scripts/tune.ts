/** `mckd tune`: trials of settings, run where they are missing, then printed and left in results/. */
import { join } from 'node:path';
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
import { writeTrials, type TrialsToWrite } from '@mckd/lib/dist/recorded-trials';
import { tryPlace } from '@mckd/lib/dist/outputs';
import { howToKeep } from './commands/record';
import { withProgress, type ProgressOptions } from './progress';
import { reportTo, type JsonOption } from './report';
import { openStudyData } from './study-data';
import { showTrainings } from './trainings';

const root = findKitRoot(__dirname);

const RUNS_BAR: ProgressOptions = {
  format: '{bar} {value}/{total} runs, {eta_formatted} left',
  lineMs: 30_000,
};

/** @throws ReaderError where results can't be written; and as `loadAvMnist` and `runAvExperiment` */
export async function tuneAvMnist(options: JsonOption): Promise<void> {
  const report = reportTo(options);
  const directory = join(root, 'results', 'tune', 'av-mnist');
  tryPlace(directory);
  const data = await loadAvMnist();
  const trials = settingTrials();
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
  keepInResults(directory, {
    command: 'npx mckd tune av-mnist',
    config: buildConfig('paper'),
    data: { sha256: data.sha256, provenance: data.provenance, protocol: data.protocol },
    trials: judged,
  });
  const table = settingsTable(judged);
  const lines = [tableToMarkdown(table), howToKeep('av-mnist-settings')];
  report.result({ folder: directory, trials: judged, table }, lines.join('\n'));
}

/** All trials at once, each in a process of its own as `mckd compare` runs its trainings. */
export async function tuneBrats(options: JsonOption): Promise<void> {
  const report = reportTo(options);
  const { config, trials, methods, tasks } = bratsTrials();
  const directory = join(root, 'results', 'tune', 'brats');
  tryPlace(directory);
  const { sha256, ...data } = await openStudyData(config, {}, report);
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
  keepInResults(directory, {
    command: 'npx mckd tune brats',
    config,
    data: { sha256, provenance, protocol },
    trials: judged,
  });
  const table = bratsSettingsTable(judged);
  const lines = [tableToMarkdown(table), howToKeep('brats-settings')];
  report.result({ folder: directory, trials: judged, table }, lines.join('\n'));
}

function keepInResults<Trial>(
  directory: string,
  outcome: Omit<TrialsToWrite<Trial>, 'root'>,
): void {
  writeTrials(join(directory, 'settings.json'), { ...outcome, root });
}
