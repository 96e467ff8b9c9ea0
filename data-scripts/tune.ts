/** `mckd tune`: trials of settings, run where they are missing, then printed and kept. */
import { join } from 'node:path';
import {
  bratsSettingsTable,
  bratsTrials,
  findKitRoot,
  finishedComparison,
  finishedRuns,
  loadAvMnist,
  recordBratsTrials,
  recordTrials,
  runAvExperiment,
  runComparison,
  settingsTable,
  settingTrials,
  summariseBratsTrial,
  summariseTrial,
  tableToMarkdown,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import { openStudyData } from './study-data';
import { showTrainings } from './trainings';

const root = findKitRoot(__dirname);

export async function tuneAvMnist(): Promise<void> {
  const data = await loadAvMnist();
  const directory = join(root, 'results', 'tune', 'av-mnist');
  const trials = settingTrials();
  const progress = new SingleBar({
    format: '{bar} {value}/{total} runs, {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 30_000,
  });
  progress.start(
    trials.reduce((sum, { tasks }) => sum + tasks.length, 0),
    0,
  );
  const judged = [];
  for (const { changes, config, tasks } of trials) {
    const place = { directory, dataHash: data.sha256, tasks };
    for await (const event of runAvExperiment(config, place)) {
      if (event.kind === 'run') progress.increment();
      if (event.kind === 'plan') progress.increment(event.done);
    }
    judged.push(summariseTrial(changes, finishedRuns(config, place)));
  }
  progress.stop();
  recordTrials(judged);
  console.log(tableToMarkdown(settingsTable(judged)));
}

/** All trials at once, each in a process of its own as `mckd compare` runs its trainings. */
export async function tuneBrats(): Promise<void> {
  const { config, trials, methods, tasks } = bratsTrials();
  const { sha256, ...data } = await openStudyData(config, {});
  const place = {
    directory: join(root, 'results', 'tune', 'brats'),
    data,
    dataHash: sha256,
    methods,
    tasks,
  };
  const start = (signal: AbortSignal): ReturnType<typeof runComparison> =>
    runComparison(config, { ...place, signal });
  if (!(await showTrainings(start, methods))) return;
  const runs = finishedComparison(config, place);
  const judged = trials.map((changes, i) => summariseBratsTrial(changes, runs[i]));
  recordBratsTrials(judged);
  console.log(tableToMarkdown(bratsSettingsTable(judged)));
}
