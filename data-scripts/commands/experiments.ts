/** `mckd compare`, `ablate`, `experiment run`, `tune`: runs missing trainings with a progress bar, then prints and saves the tables. */
import { join, resolve } from 'node:path';
import {
  AV_EXPERIMENTS,
  avDataRef,
  avRivals,
  avTuning,
  type AvData,
  type AvExperiment,
  type AvExperimentName,
  type AvKind,
} from '@mckd/lib/avmnist';
import { shippedFile, someOf, tryPlace, UserError } from '@mckd/lib/base';
import {
  EXPERIMENTS,
  studyOn,
  tuning,
  TUNING_PRESET,
  type BratsExperiment,
  type BratsKind,
  type ExperimentName,
} from '@mckd/lib/brats';
import { buildConfig, type Config } from '@mckd/lib/config';
import { loadAvMnist } from '@mckd/lib/datasets';
import {
  finishedRuns,
  progressOf,
  readRuns,
  restoreRuns,
  runExperiment,
  writeRecordedTable,
  writeRuns,
  type Experiment,
  type Kind,
  type NotRestored,
  type RunLocation,
  type PlanWishes,
  type Run,
} from '@mckd/lib/experiment';
import { configSha256, findKitRoot, saveTable, tableToMarkdown } from '@mckd/lib/report';
import type { DataOptions, TrainingsOptions } from './options';
import { howToKeep, RECORDED, recordedBy, type RecordedName } from '../terminal/recorded-names';
import { interruption } from '../terminal/interrupt';
import { withProgress, type Progress, type ProgressOptions } from '../terminal/progress';
import { reportTo, type JsonOption, type Report } from '../terminal/report';
import { overridesOf } from '../terminal/overrides';
import { openStudyData } from './study-data';

export interface TuneCommandOptions extends JsonOption {
  out?: string;
}

const root = findKitRoot(__dirname);

/** The command of each experiment, and its name for `mckd record`, if the preset has none of its own. */
const COMMANDS: Record<ExperimentName, { command: string; recorded: RecordedName }> = {
  comparison: { command: 'compare', recorded: 'brats-standard' },
  ablations: { command: 'ablate', recorded: 'brats-ablations' },
  rivals: { command: 'experiment run rivals', recorded: 'brats-rivals' },
  dedicated: { command: 'experiment run dedicated', recorded: 'brats-dedicated' },
};

/** Those of Audiovision-MNIST by name. */
const AUDIOVISION = { ...AV_EXPERIMENTS, 'av-rivals': avRivals } as const;
type AudiovisionName = AvExperimentName | 'av-rivals';

export type DeclaredName = ExperimentName | AudiovisionName;

/** A declared experiment with its data, and what becomes of its runs. */
export interface Declared<K extends Kind> {
  name: DeclaredName;
  config: Config;
  experiment: Experiment<K>;
  /** The experiment under any config. */
  declare: (config: Config) => Experiment<K>;
  place: RunLocation<K['data']>;
  /** Its data as captions name them. */
  captioned: K['data'];
  /** Of all results; tables are in `results`. */
  folder: string;
  results: string;
  /** That makes it again, without the preset. */
  command: string;
  /** For `mckd record`, where the kit keeps its runs. */
  recorded: RecordedName;
  /** Tables that are printed. */
  shown: number;
}

/** The command that makes results again. */
const made = (command: string, { preset }: Config): string =>
  `npx mckd ${command} --preset ${preset}`;

const isAudiovision = (name: DeclaredName): name is AudiovisionName =>
  Object.hasOwn(AUDIOVISION, name);

/**
 * Opens an experiment by its name.
 * @param trials data of Audiovision-MNIST, if other than the kit's own
 * @throws UserError if results can't be written; and as `buildConfig`, `openStudyData` and `loadAvMnist`
 */
export async function openDeclared(
  name: DeclaredName,
  options: TrainingsOptions,
  report: Report,
  { load = loadFrom(options.data) }: Pick<AvTrials, 'load'> = {},
): Promise<Declared<Kind>> {
  const config = buildConfig(options.preset, overridesOf(options.set));
  const folder = options.out ? resolve(options.out) : join(root, 'results', config.preset);
  const at = { name, config, folder };
  if (isAudiovision(name)) {
    requireNoCases(options);
    tryPlace(folder);
    const data = await load();
    const declared: Declared<AvKind> = {
      ...at,
      experiment: AUDIOVISION[name](config),
      declare: AUDIOVISION[name],
      place: { directory: join(folder, 'runs', 'av-mnist'), data },
      captioned: data,
      results: join(folder, 'av-mnist'),
      command: `experiment run ${name}`,
      recorded: name,
      shown: 2,
    };
    return declared as unknown as Declared<Kind>;
  }
  tryPlace(folder);
  const { place, caption, data } = studyOn(
    config,
    await openStudyData(config, options, report),
    folder,
  );
  const description = `${caption}, config ${configSha256(config).slice(0, 8)}`;
  const { command, recorded } = COMMANDS[name];
  const declared: Declared<BratsKind> = {
    ...at,
    experiment: EXPERIMENTS[name](config),
    declare: EXPERIMENTS[name],
    place,
    captioned: { ...data, description },
    results: join(folder, 'brats'),
    command,
    recorded: recordedBy(made(command, config)) ?? recorded,
    shown: 1,
  };
  return declared as unknown as Declared<Kind>;
}

/** Runs what is missing of an experiment. @throws UserError as `openDeclared` and `runExperiment` */
export async function runDeclared(
  name: DeclaredName,
  options: TrainingsOptions,
  trials: Pick<AvTrials, 'load'> = {},
): Promise<void> {
  const report = reportTo(options);
  const declared = await openDeclared(name, options, report, trials);
  const { processes, threads } = options;
  const wishes = { processes, threads };
  const runs = await showTrainings(declared.experiment, declared.place, wishes, report);
  if (runs) tellFinished(declared, runs, report);
}

/**
 * Puts the recorded runs of an experiment among its finished trainings.
 * @param folder of the record, if other than the kit's
 * @throws UserError as `openDeclared`, `readRuns` and `restoreRuns`; and where no recorded run is of this experiment as it is now
 */
export async function restoreDeclared(
  name: DeclaredName,
  options: TrainingsOptions,
  { load, folder }: Pick<AvTrials, 'load'> & { folder?: string } = {},
): Promise<void> {
  const report = reportTo(options);
  const declared = await openDeclared(name, options, report, { load });
  const { experiment, declare, place, recorded } = declared;
  const from = folder ?? shippedFile('recorded', recorded);
  const { config, runs, manifest } = readRuns(experiment.problem, from, RECORDED[recorded]);
  const { preset, ...settings } = config;
  const then = declare(buildConfig(preset, settings));
  const of = { experiment: then, runs, data: manifest.data };
  const { restored, there, left } = await restoreRuns(experiment, place, of);
  const reasons = [...new Set(left.map(({ why }) => why))].map(
    (why) => `${left.filter((one) => one.why === why).length} ${LEFT_OUT[why]}`,
  );
  const without = reasons.length > 0 ? `; left out: ${someOf(reasons)}` : '';
  if (restored + there === 0) {
    const other =
      preset === options.preset ? '' : ` (it is of preset ${preset}: --preset ${preset})`;
    throw new UserError(`${from} has no run of this experiment as it is now${other}${without}`, {
      ...{ code: 'MISMATCH', file: from, field: 'preset', value: options.preset },
    });
  }
  report.result(
    { directory: place.directory, restored, there, left },
    `restored ${restored} of ${runs.length} recorded runs in ${place.directory}; ${there} were there${without}`,
  );
}

const LEFT_OUT: Record<NotRestored, string> = {
  'not in the experiment': 'that the experiment has no training for',
  'other settings': 'of other settings',
  'other data': 'of other data',
  'other code': 'of code that gives other numbers',
};

/**
 * Saves runs and tables of a finished experiment, and prints the first tables.
 * @param missing how many trainings it lacks, if it is unfinished
 */
export function tellFinished(
  { name, config, experiment, captioned, folder, results, command, shown }: Declared<Kind>,
  runs: readonly Run<object>[],
  report: Report,
  missing?: number,
): void {
  const whole = made(command, config);
  const own = join(results, name);
  writeRuns(own, { runs, missing, command: whole, config, data: captioned, root });
  const tables = experiment.tables(runs, captioned);
  for (const table of tables) saveTable(results, table);
  const elsewhere = folder !== join(root, 'results', config.preset);
  const recorded = recordedBy(whole);
  report.result(
    { results, tables },
    [
      ...tables.slice(0, shown).map((table) => tableToMarkdown(table)),
      `tables in ${results}`,
      ...(recorded ? [howToKeep(recorded, elsewhere ? own : undefined)] : []),
    ].join('\n'),
  );
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
