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
import { tryPlace } from '@mckd/lib/dist/base/try-place';
import type { TrainingsOptions } from './commands/arguments';
import { howToKeep, type RecordedName } from './commands/record';
import { interruption } from './interrupt';
import { withProgress, type Progress, type ProgressOptions } from './progress';
import { reportTo, type Report } from './report';
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
  report: Report;
}

/**
 * Reads the options and finds, or makes, the data.
 * @throws ReaderError where results can't be written; and as `buildConfig` and `openStudyData`
 */
export async function openTrainings(options: TrainingsOptions): Promise<Trainings> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const root = findKitRoot(__dirname);
  const results = options.out ? resolve(options.out) : join(root, 'results', config.preset);
  const report = reportTo(options);
  tryPlace(results);
  const study = await openStudyData(config, options, report);
  return {
    report,
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
  report: Report,
  methods?: BratsMethodChanges,
): Promise<boolean> {
  const stop = interruption('stopped');
  stop.guard();
  const follow = async ({ show }: Progress): Promise<void> => {
    let said = '';
    const underWay = trainingsUnderWay(start(stop.signal), methods);
    for await (const { plan, before, done, total, doing } of underWay) {
      if (plan !== said) {
        report.say((said = plan));
        show(before, total, { line: '' });
      }
      const line = [...doing].map(([name, step]) => `${name}: ${step}`).join(' | ');
      show(done, total, { line });
    }
  };
  await withProgress(TRAININGS_BAR, follow).finally(() => stop.release());
  if (!stop.signal.aborted) return true;
  stop.setExitCode();
  report.result({ stopped: true }, 'stopped; the same command goes on where it was');
  return false;
}

const TRAININGS_BAR: ProgressOptions = {
  format: '{bar} {percentage} % {line}, {eta_formatted} left',
  lineMs: 30_000,
  etaSteps: 200,
};

/** The lines that end such a command; what the kit holds is of preset `standard`, so others are not told of `record`. */
export function endingLines(
  name: RecordedName,
  { preset, out }: TrainingsOptions,
  { lines, left }: { lines: string[]; left: string },
): string {
  const told = preset === 'standard';
  return [...lines, ...(told ? [howToKeep(name, out === undefined ? undefined : left)] : [])].join(
    '\n',
  );
}
