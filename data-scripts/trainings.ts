/** What commands that train several networks share: where and on what data, and the progress bar. */
import { join, resolve } from 'node:path';
import {
  buildConfig,
  configSha256,
  findKitRoot,
  studyPlace,
  trainingsUnderWay,
  type BratsDataRecord,
  type BratsMethodChanges,
  type BratsPlace,
  type ComparisonEvent,
  type Config,
  type PlanWishes,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { TrainingsOptions } from './commands/arguments';
import { howToKeep, type RecordedName } from './commands/record';
import { interruption } from './interrupt';
import { openStudyData } from './study-data';
import { overridesOf } from './settings';

export interface Trainings {
  config: Config;
  /** The kit's. */
  root: string;
  /** Where the tables go. */
  results: string;
  place: BratsPlace & PlanWishes;
  /** Data, and config in words, for captions and records. */
  data: BratsDataRecord;
}

/**
 * Reads the options and finds, or makes, the data.
 * @throws ReaderError as `buildConfig` and `openStudyData`
 */
export async function openTrainings(options: TrainingsOptions): Promise<Trainings> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const root = findKitRoot(__dirname);
  const results = options.out ? resolve(options.out) : join(root, 'results', config.preset);
  const study = await openStudyData(config, options);
  return {
    config,
    root,
    results: join(results, 'brats'),
    place: {
      ...studyPlace(results, study),
      processes: options.processes,
      threads: options.threads,
    },
    data: {
      description: `${study.description}, preset ${config.preset}, config ${configSha256(config).slice(0, 8)}`,
      sha256: study.sha256,
      provenance: study.provenance,
      protocol: study.protocol,
    },
  };
}

/**
 * Follows trainings with a bar over all their steps, each training's name and step beside it. Ctrl-C stops them,
 * each with a checkpoint, and says so.
 * @returns are all of them done?
 */
export async function showTrainings(
  start: (signal: AbortSignal) => AsyncIterable<ComparisonEvent>,
  methods?: BratsMethodChanges,
): Promise<boolean> {
  const stop = interruption('stopped');
  stop.guard();
  const bar = new SingleBar({
    format: '{bar} {percentage} % {line}, {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 30_000,
    etaBuffer: 200,
  });
  try {
    for await (const { plan, before, done, total, doing } of trainingsUnderWay(
      start(stop.signal),
      methods,
    )) {
      if (!bar.isActive) {
        console.log(plan);
        bar.start(total, before, { line: '' });
      }
      const line = [...doing].map(([name, step]) => `${name}: ${step}`).join(' | ');
      bar.update(done, { line });
    }
  } finally {
    bar.stop();
    stop.release();
  }
  if (stop.signal.aborted) stop.tell('stopped; the same command goes on where it was');
  return !stop.signal.aborted;
}

/** What the kit holds is of preset `standard`, so others are not told of it. */
export function tellHowToKeep(
  name: RecordedName,
  { preset, out }: TrainingsOptions,
  left: string,
): void {
  if (preset !== 'standard') return;
  console.log(howToKeep(name, out === undefined ? undefined : left));
}
