/**
 * An experiment as a list of trainings that any scheduler can run, one process each: what `mckd plan` prints, `mckd one`
 * trains, and `mckd gather` reads.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors';
import { readRecord } from '../base/json-record';
import { NUMERICS } from '../base/numerics';
import { quantile } from '../base/statistics';
import { cellName, cellsOf, type ExperimentCell } from './cells';
import type { Experiment, Kind, Run } from './experiment';
import { roomHere } from './room';
import { cellFolder, finishedRun, runFile, trainingsByFolder, type RunLocation } from './store';

/** How the plan's experiment is opened again, by a command. */
export interface PlanSource {
  experiment: string;
  preset: string;
  /** Pieces of `--set`. */
  set: readonly string[];
  /** Absolute. */
  out: string;
  /** Options of `--data` and of its layout and splits. */
  data: Readonly<Record<string, string | number | boolean>>;
}

/** One training of a plan. */
export interface PlannedTraining {
  /** Its folder's name: everything that it depends on. */
  key: string;
  name: string;
  arm: string;
  seed: number;
  /** Is its run there? */
  done: boolean;
  cores: number;
  gpus: number;
  memoryMb: number;
  /** As measured in finished runs of the arm; null where there is none. */
  minutes: number | null;
  /** That trains it, for job arrays. */
  command?: string;
}

export interface TrainingPlan extends PlanSource {
  /** Of the data and the code: a plan is refused by others. */
  dataSha256: string;
  numerics: number;
  trainings: PlannedTraining[];
}

const planSchema: z.ZodType<TrainingPlan> = z.strictObject({
  experiment: z.string(),
  preset: z.string(),
  set: z.array(z.string()),
  out: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  dataSha256: z.string(),
  numerics: z.int(),
  trainings: z.array(
    z.strictObject({
      key: z.string(),
      name: z.string(),
      arm: z.string(),
      seed: z.int(),
      done: z.boolean(),
      cores: z.int().min(1),
      gpus: z.int().min(0),
      memoryMb: z.int().min(1),
      minutes: z.number().nullable(),
      command: z.string().optional(),
    }),
  ),
});

export interface PlanOptions<S> {
  source: PlanSource;
  /** Of each training. */
  cores: number;
  gpus: number;
  /** Recorded runs, for times; default: those that are finished here. */
  measured?: readonly Run<S>[];
}

const MIB = 2 ** 20;

/** Trainings that several arms share are listed once, under the first. */
export function planOf<K extends Kind>(
  experiment: Experiment<K>,
  place: RunLocation<K['data']>,
  { source, cores, gpus, measured = [] }: PlanOptions<K['scores']>,
): TrainingPlan {
  const { problem } = experiment;
  const folders = trainingsByFolder(problem, cellsOf(experiment), place);
  const done = new Map(
    [...folders].flatMap(([folder, cell]) =>
      existsSync(runFile(folder)) ? [[folder, finishedRun(problem, cell, place)] as const] : [],
    ),
  );
  const runs = [...done.values(), ...measured];
  const room = { ...roomHere(), cores };
  return {
    ...source,
    dataSha256: place.data.sha256,
    numerics: NUMERICS[problem.name],
    trainings: [...folders].map(([folder, cell]) => ({
      ...{ key: basename(folder), name: cellName(cell), arm: cell.arm, seed: cell.seed },
      ...{ done: done.has(folder), cores, gpus },
      memoryMb: Math.ceil(problem.work(cell.config, folders.size, room).bytes / MIB),
      minutes: minutesOf(runs.filter(({ arm }) => arm === cell.arm)),
    })),
  };
}

/** Median of training and scoring. */
function minutesOf(runs: readonly Run<object>[]): number | null {
  const seconds = runs.flatMap(({ seconds: { training, evaluation = 0 } }) =>
    training === undefined ? [] : [training + evaluation],
  );
  return seconds.length === 0 ? null : Math.ceil(quantile(seconds, 0.5) / 60);
}

/** @throws UserError if the file is missing or no plan */
export function readPlan(file: string): TrainingPlan {
  return readRecord(planSchema, file, { fix: 'make it again: mckd plan' });
}

/**
 * The training of a key.
 * @throws UserError if the plan is of other code or data, or has no such training
 */
export function plannedCell<K extends Kind>(
  plan: TrainingPlan,
  key: string,
  experiment: Experiment<K>,
  place: RunLocation<K['data']>,
): ExperimentCell<K['config']> {
  const { problem } = experiment;
  const numerics = NUMERICS[problem.name];
  const differing = [
    ['numerics', plan.numerics, numerics],
    ['dataSha256', plan.dataSha256, place.data.sha256],
  ].find(([, planned, now]) => planned !== now);
  if (differing) {
    const [field, planned, now] = differing;
    throw new UserError(
      `the plan's ${field} is ${planned}, and now it is ${now}; make the plan again: mckd plan`,
      { code: 'MISMATCH', field: String(field), value: planned },
    );
  }
  const cell = cellsOf(experiment).find((one) => basename(cellFolder(problem, one, place)) === key);
  if (cell) return cell;
  const known = plan.trainings.some((one) => one.key === key);
  throw new UserError(
    known
      ? `the plan has the training ${key}, but this kit makes another one of its settings; make the plan again: mckd plan`
      : `key is ${key}; the plan has no such training (its keys: ${plan.trainings.map((one) => one.key).join(', ')})`,
    { code: known ? 'MISMATCH' : 'BAD_VALUE', field: 'key', value: key },
  );
}

/**
 * An experiment as far as it is trained.
 * @returns the finished runs, in the order of `cellsOf`, and the names of trainings that are not finished
 * @throws UserError naming a run that is unreadable
 */
export function gathered<K extends Kind>(
  experiment: Experiment<K>,
  place: RunLocation<K['data']>,
): { runs: Run<K['scores']>[]; missing: string[] } {
  const { problem } = experiment;
  const runs: Run<K['scores']>[] = [];
  const missing: string[] = [];
  for (const cell of cellsOf(experiment)) {
    if (existsSync(runFile(cellFolder(problem, cell, place))))
      runs.push(finishedRun(problem, cell, place));
    else missing.push(cellName(cell));
  }
  return { runs, missing };
}
