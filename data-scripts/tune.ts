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
import { SingleBar } from 'cli-progress';
import { howToKeep } from './commands/record';
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
  keepInResults(directory, {
    command: 'npx mckd tune av-mnist',
    config: buildConfig('paper'),
    data: { sha256: data.sha256, provenance: data.provenance, protocol: data.protocol },
    trials: judged,
  });
  console.log(tableToMarkdown(settingsTable(judged)));
  console.log(howToKeep('av-mnist-settings'));
}

/** All trials at once, each in a process of its own as `mckd compare` runs its trainings. */
export async function tuneBrats(): Promise<void> {
  const { config, trials, methods, tasks } = bratsTrials();
  const { sha256, ...data } = await openStudyData(config, {});
  const directory = join(root, 'results', 'tune', 'brats');
  const place = {
    directory,
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
  const { provenance, protocol } = data;
  keepInResults(directory, {
    command: 'npx mckd tune brats',
    config,
    data: { sha256, provenance, protocol },
    trials: judged,
  });
  console.log(tableToMarkdown(bratsSettingsTable(judged)));
  console.log(howToKeep('brats-settings'));
}

function keepInResults<Trial>(
  directory: string,
  outcome: Omit<TrialsToWrite<Trial>, 'root'>,
): void {
  writeTrials(join(directory, 'settings.json'), { ...outcome, root });
}
