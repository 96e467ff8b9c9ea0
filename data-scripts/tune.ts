/** `mckd tune`: trials of settings, run where they are missing, then printed and kept. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  bratsSettingsTable,
  bratsTrials,
  findDataSet,
  findKitRoot,
  finishedComparison,
  finishedRuns,
  hashDataSet,
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
  trainingSteps,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import { phantomOf } from './phantom-data';

const root = findKitRoot(__dirname);

function bar(what: string): SingleBar {
  return new SingleBar({
    format: `{bar} {value}/{total} ${what}, {eta_formatted} left`,
    noTTYOutput: true,
    notTTYSchedule: 30_000,
  });
}

export async function tuneAvMnist(): Promise<void> {
  const data = await loadAvMnist();
  const directory = join(root, 'results', 'tune', 'av-mnist');
  const trials = settingTrials();
  const progress = bar('runs');
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
  const trials = bratsTrials();
  const data = await phantomOf(trials[0].config);
  const place = {
    directory: join(root, 'results', 'tune', 'brats'),
    data,
    dataHash: hashDataSet(data, findDataSet(data)),
  };
  const progress = bar('steps');
  const steps = trials.map(({ config }) => trainingSteps(config.brats));
  progress.start(
    steps.reduce((sum, n) => sum + n, 0),
    0,
  );
  const waiting = [...trials.keys()];
  const next = async (): Promise<void> => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
      const { config, tasks } = trials[i];
      let done = 0;
      for await (const event of runComparison(config, { ...place, tasks, processes: 1 })) {
        const now = event.kind === 'progress' ? event.step : event.done * steps[i];
        progress.increment(now - done);
        done = now;
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  progress.stop();
  const judged = trials.map(({ changes, config, tasks }) =>
    summariseBratsTrial(changes, finishedComparison(config, { ...place, tasks })[0]),
  );
  recordBratsTrials(judged);
  console.log(tableToMarkdown(bratsSettingsTable(judged)));
}
