/** `mckd compare`: trains what is missing with a progress bar, then prints and keeps the tables. */
import { join, resolve } from 'node:path';
import {
  BRATS_METHOD_NAMES,
  buildConfig,
  configSha256,
  findDataSet,
  findKitRoot,
  finishedComparison,
  hashDataSet,
  recordBrats,
  runComparison,
  saveTable,
  subsetTable,
  tableToMarkdown,
  trainingSteps,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { CompareCommandOptions } from './commands/compare';
import { phantomOf } from './phantom-data';
import { overridesOf } from './settings';

export async function compare(options: CompareCommandOptions): Promise<void> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const root = findKitRoot(__dirname);
  const results = join(root, 'results', config.preset, 'brats');
  const folder = options.data ? resolve(options.data) : await phantomOf(config);
  const data = findDataSet(folder, { pattern: options.pattern });
  const place = {
    directory: join(results, 'runs'),
    data: folder,
    dataHash: hashDataSet(folder, data),
    pattern: options.pattern,
    processes: options.processes,
  };
  const bar = new SingleBar({
    format: '{bar} {percentage} % {line}, {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 30_000,
    etaBuffer: 200,
  });
  const steps = trainingSteps(config.brats);
  const doing = new Map<string, number>();
  let done = 0;
  for await (const event of runComparison(config, place)) {
    if (event.kind === 'plan') {
      done = event.done;
      bar.start(event.total * steps, done * steps, { line: '' });
    }
    if (event.kind === 'progress') {
      const { method, seed } = event.task;
      doing.set(`${BRATS_METHOD_NAMES[method]}, seed ${seed}`, event.step);
    }
    if (event.kind === 'run') {
      doing.delete(`${BRATS_METHOD_NAMES[event.run.method]}, seed ${event.run.seed}`);
      done = event.done;
    }
    const under = [...doing.values()].reduce((sum, step) => sum + step, 0);
    const line = [...doing].map(([name, step]) => `${name}: ${step}`).join(' | ');
    bar.update(done * steps + under, { line });
  }
  bar.stop();

  const runs = finishedComparison(config, place);
  const phantom = options.data === undefined;
  const description =
    (phantom ? `phantom of ${config.brats.phantom.cases} cases` : folder) +
    ` (${data.splits.train.length} to train on), preset ${config.preset}, config ${configSha256(config).slice(0, 8)}`;
  for (const set of ['test', 'metaValidation'] as const) {
    const table = subsetTable(runs, { data: description, set });
    saveTable(results, table);
    if (set === 'test') console.log(tableToMarkdown(table));
  }
  console.log(`tables in ${results}`);
  if (!options.record) return;
  const record = { description, sha256: place.dataHash };
  const { coreMinutes } = recordBrats(config, runs, record, root);
  console.log(`recorded ${runs.length} runs, ${coreMinutes} core-minutes`);
}
