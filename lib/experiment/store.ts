/**
 * Finished trainings in folders. A folder is named by everything that the training depends on, so notebooks, commands and
 * experiments share what any of them has trained, under any name.
 */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { canonicalSha256 } from '../base/canonical';
import { UserError } from '../base/errors';
import { readJson } from '../base/json';
import { checkRecord } from '../base/json-record';
import { NUMERICS } from '../base/numerics';
import type { TrainingRecord } from '../report/manifest';
import { cellName, cellsOf, type ExperimentCell } from './cells';
import { codeSchema } from './code-state';
import type { DataRef, Experiment, Problem, Run, Kind } from './experiment';

/** Where trainings lie, and what they read. */
export interface RunLocation<D extends DataRef> {
  /** A folder for each training. */
  directory: string;
  /** Found once, and passed to each process. */
  data: D;
}

/** A place with only what finished trainings need. */
export interface KnownPlace {
  directory: string;
  data: Pick<DataRef, 'sha256'>;
}

/** Equal settings, seed, data and numerics share one folder, whatever the arm's name. */
export function cellFolder<K extends Kind>(
  { name }: Problem<K>,
  { config, seed }: Pick<ExperimentCell<K['config']>, 'config' | 'seed'>,
  { directory, data }: KnownPlace,
): string {
  const hash = canonicalSha256([NUMERICS[name], config, data.sha256]).slice(0, 12);
  return join(directory, `seed${seed}-${hash}`);
}

/** The trainings of cells by their folders, each under the first cell that it is of. */
export function trainingsByFolder<K extends Kind>(
  problem: Problem<K>,
  cells: readonly ExperimentCell<K['config']>[],
  place: KnownPlace,
): Map<string, ExperimentCell<K['config']>> {
  const trainings = new Map<string, ExperimentCell<K['config']>>();
  for (const cell of cells) {
    const folder = cellFolder(problem, cell, place);
    if (!trainings.has(folder)) trainings.set(folder, cell);
  }
  return trainings;
}

/** The finished run of a training's folder. */
export function runFile(folder: string): string {
  return join(folder, 'run.json');
}

/** The schema of a problem's run: of `run.json`, and of a line of a recorded `runs.jsonl`. */
export function runSchema<K extends Kind>({
  scores,
  migrate = (run) => run,
}: Problem<K>): z.ZodType<Run<K['scores']>> {
  const facts = z.strictObject({
    arm: z.string(),
    seed: z.int(),
    seconds: z.strictObject({
      training: z.number().optional(),
      evaluation: z.number().optional(),
    }),
    threads: z.int().min(1).optional(),
    peakMiB: z.number().optional(),
    checkpointSha256: z.string().optional(),
    code: codeSchema.optional(),
  });
  const isObject = (json: unknown): json is Record<string, unknown> =>
    typeof json === 'object' && json !== null;
  const schema = facts.extend(scores.shape) as unknown as z.ZodType<Run<K['scores']>>;
  return z.preprocess((json) => (isObject(json) ? migrate(json) : json), schema);
}

/**
 * The finished run of a cell, under the cell's own arm.
 * @throws UserError naming the file, where it is missing, unreadable, or of other numerics
 */
export function finishedRun<K extends Kind>(
  problem: Problem<K>,
  cell: ExperimentCell<K['config']>,
  place: KnownPlace,
): Run<K['scores']> {
  const file = runFile(cellFolder(problem, cell, place));
  const fix = 'delete it and run again';
  try {
    const run = checkRecord(runSchema(problem), readJson(file, { fix }), file, { fix });
    const own = NUMERICS[problem.name];
    if (run.code && run.code.numerics !== own)
      throw new Error(`its numerics are ${run.code.numerics}, and this kit's ${own}; ${fix}`);
    return { ...run, arm: cell.arm, seed: cell.seed };
  } catch (error) {
    throw new UserError(
      `${file} (${cellName(cell)}) cannot be read: ${(error as Error).message}`,
      { code: 'BAD_FILE', file },
      { cause: error },
    );
  }
}

/**
 * The finished runs of an experiment, in the order of `cellsOf`.
 * @throws UserError naming the first that is missing or unreadable
 */
export function finishedRuns<K extends Kind>(
  experiment: Experiment<K>,
  place: KnownPlace,
): Run<K['scores']>[] {
  return cellsOf(experiment).map((cell) => finishedRun(experiment.problem, cell, place));
}

/** What a manifest records of finished runs. */
export function trainingRecords<K extends Kind>(
  experiment: Experiment<K>,
  runs: readonly Run<K['scores']>[],
  place: KnownPlace,
): TrainingRecord[] {
  const cells = cellsOf(experiment);
  return runs.flatMap(({ arm, seed, checkpointSha256 = '' }) => {
    const cell = cells.find((one) => one.arm === arm && one.seed === seed);
    if (!cell) return [];
    return {
      name: cellName(cell),
      folder: basename(cellFolder(experiment.problem, cell, place)),
      settingsSha256: canonicalSha256(cell.config),
      checkpointSha256,
    };
  });
}
