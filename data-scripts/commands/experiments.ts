/** `mckd compare`, `ablate`, `experiment run`, `tune`: runs missing trainings with a progress bar, then prints and saves the tables. */
import { join, resolve } from 'node:path';
import {
  AV_EXPERIMENTS,
  avDataRef,
  avTuning,
  type AvData,
  type AvExperiment,
  type AvExperimentName,
} from '@mckd/lib/avmnist';
import { tryPlace, UserError } from '@mckd/lib/base';
import {
  EXPERIMENTS,
  studyOn,
  tuning,
  TUNING_PRESET,
  type BratsExperiment,
  type ExperimentName,
} from '@mckd/lib/brats';
import { buildConfig, type Config } from '@mckd/lib/config';
import { loadAvMnist } from '@mckd/lib/datasets';
import {
  finishedRuns,
  progressOf,
  runExperiment,
  writeRecordedTable,
  writeRuns,
  type Experiment,
  type Kind,
  type RunLocation,
  type PlanWishes,
  type Run,
} from '@mckd/lib/experiment';
import {
  configSha256,
  findKitRoot,
  saveTable,
  tableToMarkdown,
  type Table,
} from '@mckd/lib/report';
import type { DataOptions, TrainingsOptions } from './options';
import { howToKeep, RECORDED, type RecordedName } from '../terminal/recorded-names';
import { interruption } from '../terminal/interrupt';
import { withProgress, type Progress, type ProgressOptions } from '../terminal/progress';
import { reportTo, type JsonOption, type Report } from '../terminal/report';
import { overridesOf } from '../terminal/overrides';
import { openStudyData } from './study-data';

export interface TuneCommandOptions extends JsonOption {
  out?: string;
}

const root = findKitRoot(__dirname);

/** The command of each experiment, and its name for `mckd record`. */
const COMMANDS: Record<ExperimentName, { command: string; recorded: RecordedName }> = {
  comparison: { command: 'compare', recorded: 'brats-standard' },
  ablations: { command: 'ablate', recorded: 'brats-ablations' },
  rivals: { command: 'experiment run rivals', recorded: 'brats-rivals' },
  dedicated: { command: 'experiment run dedicated', recorded: 'brats-dedicated' },
};

/** @throws UserError if results can't be written; and as `buildConfig`, `openStudyData` and `runExperiment` */
export async function runDeclared(name: ExperimentName, options: TrainingsOptions): Promise<void> {
  const { preset, out, processes, threads } = options;
  const config = buildConfig(preset, overridesOf(options.set));
  const folder = out ? resolve(out) : join(root, 'results', config.preset);
  const report = reportTo(options);
  tryPlace(folder);
  const study = studyOn(config, await openStudyData(config, options, report), folder);
  const experiment = EXPERIMENTS[name](config);
  const runs = await showTrainings(experiment, study.place, { processes, threads }, report);
  if (!runs) return;
  const description = `${study.caption}, config ${configSha256(config).slice(0, 8)}`;
  const data = { ...study.data, description };
  const { command, recorded } = COMMANDS[name];
  const tables = experiment.tables(runs, data);
  const results = join(folder, 'brats');
  const how = { command: `npx mckd ${command} --preset ${config.preset}`, config, data, root };
  writeRuns(join(results, name), { runs, ...how });
  const keep = howToKeep(recorded, out === undefined ? undefined : join(results, name));
  tellTables(report, { results, tables, shown: 1 }, isRecordedAt(recorded, config) ? [keep] : []);
}

const isRecordedAt = (recorded: RecordedName, { preset }: Config): boolean =>
  RECORDED[recorded].endsWith(`--preset ${preset}`);

/** Saves tables, and shows the first. */
function tellTables(
  report: Report,
  { results, tables, shown }: { results: string; tables: readonly Table[]; shown: number },
  more: readonly string[],
): void {
  for (const table of tables) saveTable(results, table);
  report.result(
    { results, tables },
    [
      ...tables.slice(0, shown).map((table) => tableToMarkdown(table)),
      `tables in ${results}`,
      ...more,
    ].join('\n'),
  );
}

/**
 * A declared experiment of Audiovision-MNIST.
 * @param options those of cases and their lists have no meaning here
 * @throws UserError for such an option, and if results can't be written; and as `buildConfig`, `loadAvMnist` and
 *   `runExperiment`
 */
export async function runDeclaredAv(
  name: AvExperimentName,
  options: TrainingsOptions,
  { load = loadFrom(options.data) }: Pick<AvTrials, 'load'> = {},
): Promise<void> {
  requireNoCases(options);
  const { preset, out, processes, threads } = options;
  const config = buildConfig(preset, overridesOf(options.set));
  const folder = out ? resolve(out) : join(root, 'results', config.preset);
  const report = reportTo(options);
  tryPlace(folder);
  const data = await load();
  const place = { directory: join(folder, 'runs', 'av-mnist'), data };
  const experiment = AV_EXPERIMENTS[name](config);
  const runs = await showTrainings(experiment, place, { processes, threads }, report);
  if (!runs) return;
  const tables = experiment.tables(runs, data);
  const results = join(folder, 'av-mnist');
  const command = `npx mckd experiment run ${name} --preset ${config.preset}`;
  writeRuns(join(results, name), { runs, command, config, data, root });
  const keep = howToKeep(name, out === undefined ? undefined : join(results, name));
  tellTables(report, { results, tables, shown: 2 }, isRecordedAt(name, config) ? [keep] : []);
}

const loadFrom = (dataDirectory?: string) => async (): Promise<AvData> =>
  avDataRef(await loadAvMnist({ dataDirectory }), dataDirectory);

function requireNoCases(options: TrainingsOptions): void {
  const given = (['pattern', 'labels', 'splits', 'fold', 'skipCheck'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given === undefined) return;
  const flag = given === 'skipCheck' ? 'skip-check' : given;
  throw new UserError(
    `--${flag} is ${String(options[given])} and describes cases, which Audiovision-MNIST has none of; leave it out`,
    { code: 'BAD_VALUE', field: flag, value: options[given] },
  );
}

/** Trials and data, if other than the kit's own. */
export interface AvTrials {
  experiment?: AvExperiment;
  load?: () => Promise<AvData>;
}

/** @throws UserError if results can't be written; and as `loadAvMnist` and `runExperiment` */
export async function tuneAvMnist(
  options: TuneCommandOptions,
  { experiment = avTuning(), load = loadFrom() }: AvTrials = {},
): Promise<void> {
  await tryAndTell('av-mnist', options, {
    experiment,
    config: buildConfig('paper'),
    load,
  });
}

/** Likewise. */
export interface BratsTrials {
  experiment?: BratsExperiment;
  config?: Config;
  on?: DataOptions;
}

/** @throws UserError if results can't be written; and as `openStudyData` and `runExperiment` */
export async function tuneBrats(
  options: TuneCommandOptions,
  { experiment = tuning(), config = buildConfig(TUNING_PRESET), on = {} }: BratsTrials = {},
): Promise<void> {
  await tryAndTell('brats', options, {
    experiment,
    config,
    load: (report) => openStudyData(config, on, report),
  });
}

interface Trials<K extends Kind> {
  experiment: Experiment<K>;
  /** The tuned experiment. */
  config: Config;
  load: (report: Report) => Promise<K['data']>;
}

async function tryAndTell<K extends Kind>(
  name: 'av-mnist' | 'brats',
  options: TuneCommandOptions,
  { experiment, config, load }: Trials<K>,
): Promise<void> {
  const { out } = options;
  const report = reportTo(options);
  const directory = out === undefined ? join(root, 'results', 'tune', name) : resolve(out);
  tryPlace(directory);
  const data = await load(report);
  const runs = await showTrainings(experiment, { directory, data }, {}, report);
  if (!runs) return;
  const [table] = experiment.tables(runs, data);
  const file = join(directory, 'settings.json');
  writeRecordedTable(file, table, { command: `npx mckd tune ${name}`, config, data, root });
  const keep = howToKeep(`${name}-settings`, out === undefined ? undefined : file);
  report.result({ folder: directory, table }, [tableToMarkdown(table), keep].join('\n'));
}

/**
 * Runs trainings with a bar over all their steps, each training's name and step beside it. Ctrl-C stops them;
 * each can be resumed.
 * @returns the finished runs; nothing if stopped
 */
async function showTrainings<K extends Kind>(
  experiment: Experiment<K>,
  place: RunLocation<K['data']>,
  wishes: PlanWishes,
  report: Report,
): Promise<Run<K['scores']>[] | undefined> {
  const stop = interruption('stopped');
  stop.guard();
  const follow = async ({ show }: Progress): Promise<void> => {
    let said = '';
    const events = runExperiment(experiment, place, { ...wishes, signal: stop.signal });
    for await (const { plan, before, done, total, doing } of progressOf(events)) {
      if (plan !== said) {
        report.say((said = plan));
        show(before, total, { line: '' });
      }
      const line = [...doing].map(([name, step]) => `${name}: ${step}`).join(' | ');
      show(done, total, { line });
    }
  };
  await withProgress(TRAININGS_BAR, follow).finally(() => stop.release());
  if (!stop.signal.aborted) return finishedRuns(experiment, place);
  stop.setExitCode();
  report.result({ stopped: true }, 'stopped; the same command resumes');
  return undefined;
}

const TRAININGS_BAR: ProgressOptions = {
  format: '{bar} {percentage} % {line}, {eta_formatted} left',
  lineMs: 30_000,
  etaSteps: 200,
};
