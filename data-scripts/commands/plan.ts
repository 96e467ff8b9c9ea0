/** `mckd plan`, `mckd one`, `mckd gather`: an experiment for schedulers, one training a process. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256, someOf, UserError, writeFileAtomic } from '@mckd/lib/base';
import {
  cellFolder,
  gathered,
  planOf,
  plannedCell,
  readPlan,
  runFile,
  trainCell,
  type PlanSource,
  type TrainingPlan,
} from '@mckd/lib/experiment';
import { findKitRoot } from '@mckd/lib/report';
import { interruption } from '../terminal/interrupt';
import { reportTo, type JsonOption } from '../terminal/report';
import { openDeclared, tellFinished, type DeclaredName } from './experiments';
import type { TrainingsOptions } from './options';

export interface PlanCommandOptions extends TrainingsOptions {
  /** Cores of each training; default: one. */
  cores?: number;
  /** Of each training; default: one where the CUDA build of TensorFlow is installed. */
  gpus?: number;
}

/** Options of data that a plan keeps, so that `one` and `gather` read the same. */
const DATA = ['data', 'pattern', 'labels', 'splits', 'fold', 'skipCheck'] as const;
const PATHS: readonly string[] = ['data', 'splits'];

function sourceOf(experiment: DeclaredName, options: TrainingsOptions, out: string): PlanSource {
  const { preset, set } = options;
  const given = DATA.flatMap((name) => {
    const value = options[name];
    if (value === undefined) return [];
    return [[name, PATHS.includes(name) ? resolve(String(value)) : value] as const];
  });
  return { experiment, preset, set, out, data: Object.fromEntries(given) };
}

const optionsOf = ({ preset, set, out, data }: PlanSource): TrainingsOptions => ({
  ...{ preset, set: [...set], out },
  ...data,
});

/**
 * Every training of an experiment with its key, command and needs.
 * @throws UserError as `openDeclared`
 */
export async function planFor(
  experiment: DeclaredName,
  { cores = 1, gpus, ...options }: PlanCommandOptions,
): Promise<TrainingPlan> {
  const report = reportTo({ json: true });
  const declared = await openDeclared(experiment, options, report);
  const source = sourceOf(experiment, options, declared.folder);
  return planOf(declared.experiment, declared.place, {
    ...{ source, cores },
    gpus: gpus ?? ((await isCudaBuild()) ? 1 : 0),
  });
}

/** Whether the installed TensorFlow is the CUDA build: a cluster's login node has no card to find. */
async function isCudaBuild(): Promise<boolean> {
  const root = findKitRoot(__dirname);
  const file = join(root, 'data-scripts', 'setup', 'python.mjs');
  const setup = (await import(pathToFileURL(file).href)) as {
    installedVariant: (root: string) => 'cpu' | 'gpu' | null;
  };
  return setup.installedVariant(root) === 'gpu';
}

/** Prints the plan as JSON. */
export async function plan(name: DeclaredName, options: PlanCommandOptions): Promise<void> {
  const made = await planFor(name, options);
  const commandOf = (key: string): string => `npx mckd one ${key} --plan plan.json`;
  const trainings = made.trainings.map((one) => ({ ...one, command: commandOf(one.key) }));
  console.log(JSON.stringify({ ...made, trainings }, null, 1));
}

export interface OneOptions extends JsonOption {
  plan: string;
  receipt?: string;
}

/** As long as an orphan of a scheduler that was killed holds a folder: it stops or loses its lease. */
const LOCK_WAIT_MS = 600_000;
/** Between lines of progress. */
const LINE_MS = 10_000;

/**
 * One training of a plan in this process, resumed where its folder is; at once where it is finished. A line of progress
 * every ten seconds.
 * @throws UserError for an unknown key, and for a plan of other code or data
 */
export async function one(key: string, options: OneOptions): Promise<void> {
  const report = reportTo(options);
  const stop = interruption('stopped before the first step');
  const planned = readPlan(options.plan);
  const declared = await openDeclared(
    planned.experiment as DeclaredName,
    optionsOf(planned),
    report,
  );
  const { experiment, place } = declared;
  const { problem } = experiment;
  const cell = plannedCell(planned, key, experiment, place);
  stop.guard();
  let said = -Infinity;
  let begun = false;
  const events = trainCell(problem, cell, place, {
    signal: stop.signal,
    lockWaitMs: LOCK_WAIT_MS,
  });
  try {
    for await (const event of events) {
      const steps = 'run' in event ? undefined : problem.stepsOf(event);
      if (!steps) continue;
      if (!begun) report.say(`begins at step ${steps.done - 1} of ${steps.total}`);
      begun = true;
      if (performance.now() - said < LINE_MS) continue;
      said = performance.now();
      report.say(`step ${steps.done} of ${steps.total}`);
    }
  } finally {
    stop.release();
  }
  if (stop.signal.aborted) {
    stop.setExitCode();
    report.result({ stopped: true }, 'stopped; the same command resumes');
    return;
  }
  const run = runFile(cellFolder(problem, cell, place));
  const receipt = { key, run, sha256: sha256(readFileSync(run)) };
  if (options.receipt !== undefined) {
    writeFileAtomic(options.receipt, `${JSON.stringify(receipt)}\n`);
  }
  report.result(receipt, `done: ${run}`);
}

export interface GatherOptions extends TrainingsOptions {
  plan?: string;
  /** Tables of an unfinished experiment, whose captions say what is missing. */
  partial?: boolean;
}

/**
 * The tables of an experiment from what is finished; never trains.
 * @throws UserError naming the trainings that are missing; with `partial`, methods without any, if tables need them
 */
export async function gather(
  name: DeclaredName | undefined,
  { plan: file, partial = false, ...options }: GatherOptions,
): Promise<void> {
  const planned = file === undefined ? undefined : readPlan(file);
  const experiment = (planned?.experiment as DeclaredName | undefined) ?? name;
  if (experiment === undefined) {
    throw new UserError('give an experiment, or --plan', { code: 'USAGE', field: 'experiment' });
  }
  const report = reportTo(options);
  const declared = await openDeclared(experiment, planned ? optionsOf(planned) : options, report);
  const { runs, missing } = gathered(declared.experiment, declared.place);
  if (missing.length > 0 && !partial) {
    throw new UserError(
      `${missing.length} trainings are not finished: ${missing.join('; ')}; train them (mckd one), then gather again`,
      { code: 'MISSING', file: declared.place.directory, value: missing.length },
    );
  }
  const { arms, sparse = false } = declared.experiment;
  const without = arms.filter(({ key }) => !runs.some(({ arm }) => arm === key));
  if (runs.length === 0 || (without.length > 0 && !sparse)) {
    const need = sparse ? 'tables need one' : 'tables need one of each';
    throw new UserError(
      `no training of ${someOf(without.map(({ title }) => title))} is finished; ${need}: train them (mckd one), then gather again`,
      { code: 'MISSING', file: declared.place.directory, value: without.length },
    );
  }
  const { captioned } = declared;
  const unfinished = `${captioned.description}; UNFINISHED: ${missing.length} of ${runs.length + missing.length} trainings are missing`;
  const description = missing.length > 0 ? unfinished : captioned.description;
  const told = { ...declared, captioned: { ...captioned, description } };
  tellFinished(told, runs, report, missing.length);
}
