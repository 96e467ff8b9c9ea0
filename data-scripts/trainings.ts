/** What commands that train several networks share: where and on what data, and the progress bar. */
import { join, resolve } from 'node:path';
import {
  buildConfig,
  configSha256,
  findDataSet,
  findKitRoot,
  hashDataSet,
  nameOfTask,
  type BratsMethodChanges,
  type BratsPlace,
  type ComparisonEvent,
  type Config,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { TrainingsOptions } from './commands/arguments';
import { phantomOf } from './phantom-data';
import { overridesOf } from './settings';

export interface Trainings {
  config: Config;
  /** The kit's. */
  root: string;
  /** Where the tables go. */
  results: string;
  place: BratsPlace & { processes?: number };
  /** Data and config in words, for captions. */
  description: string;
}

/**
 * Reads the options and finds, or makes, the data.
 * @throws ReaderError as `buildConfig`, `findDataSet` and `ensurePhantom`
 */
export async function openTrainings(options: TrainingsOptions): Promise<Trainings> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const root = findKitRoot(__dirname);
  const results = join(root, 'results', config.preset, 'brats');
  const folder = options.data ? resolve(options.data) : await phantomOf(config);
  const data = findDataSet(folder, { pattern: options.pattern });
  const name = options.data ? folder : `phantom of ${config.brats.phantom.cases} cases`;
  return {
    config,
    root,
    results,
    place: {
      directory: join(results, 'runs'),
      data: folder,
      dataHash: hashDataSet(folder, data),
      pattern: options.pattern,
      processes: options.processes,
    },
    description:
      `${name} (${data.splits.train.length} to train on), preset ${config.preset}, ` +
      `config ${configSha256(config).slice(0, 8)}`,
  };
}

/** Follows trainings with a bar over all their steps, each training's name and step beside it. */
export async function showTrainings(
  events: AsyncIterable<ComparisonEvent>,
  { steps, methods }: { steps: number; methods?: BratsMethodChanges },
): Promise<void> {
  const bar = new SingleBar({
    format: '{bar} {percentage} % {line}, {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 30_000,
    etaBuffer: 200,
  });
  const doing = new Map<string, number>();
  let done = 0;
  try {
    for await (const event of events) {
      if (event.kind === 'plan') bar.start(event.total * steps, event.done * steps, { line: '' });
      if (event.kind === 'progress') doing.set(nameOfTask(event.task, methods), event.step);
      else done = event.done;
      if (event.kind === 'run') doing.delete(nameOfTask(event.run, methods));
      const under = [...doing.values()].reduce((sum, step) => sum + step, 0);
      const line = [...doing].map(([name, step]) => `${name}: ${step}`).join(' | ');
      bar.update(done * steps + under, { line });
    }
  } finally {
    bar.stop();
  }
}
