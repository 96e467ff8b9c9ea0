/**
 * Finished experiments that are committed with the kit: every run, one JSON per line, and the manifest of how they
 * were made. A command writes both into results/; `mckd record` copies them, if they are of the experiment that is
 * already recorded.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors';
import { readJson } from '../base/json';
import { parseRecord, readRecord } from '../base/json-record';
import { decodeUtf8 } from '../base/text';
import { writeFileAtomic } from '../base/atomic-write';
import { buildConfig, fromOlder, type Config } from '../config';
import { dataFactsShape, type DataFacts } from '../datasets/provenance';
import { configSha256 } from '../report/manifest';
import { originShape, probeOrigin, type Origin } from '../report/origin';
import { tableSchema, type Table } from '../report/tables/types';
import type { DataRef, Kind, Problem, Run } from './experiment';
import { coreSeconds } from './metrics';
import { runSchema } from './store';

/** How something recorded was made. */
export interface Declared extends Origin {
  /** The command that reproduces it. */
  command: string;
  config: Config;
  configSha256: string;
  data: DataRef;
}

export interface RecordedManifest extends Declared {
  /** Training time of all runs, each on one core. */
  coreMinutes: number;
  /** Trainings that are missing of an unfinished experiment. */
  missing?: number;
}

/** What was recorded of an experiment. */
export interface Recorded<S> {
  config: Config;
  runs: Run<S>[];
  manifest: RecordedManifest;
}

export interface RecordOptions {
  /** Record another preset, other settings or other data than are recorded now. */
  replace?: boolean;
}

/** Older manifests have the description under another name. */
export const dataRefSchema = z.preprocess(
  (data) => {
    const { speechDescription, ...rest } = data as { speechDescription?: string };
    return speechDescription === undefined ? rest : { description: speechDescription, ...rest };
  },
  z.strictObject({ description: z.string(), sha256: z.string(), ...dataFactsShape }),
) as unknown as z.ZodType<DataRef>;

const declaredShape = {
  command: z.string(),
  ...originShape,
  // May be older than a setting, so it is no complete `Config` before `buildConfig`.
  config: z
    .custom<Config>((value) => typeof value === 'object' && value !== null)
    .transform((config) => fromOlder(config)),
  configSha256: z.string(),
  data: dataRefSchema,
};

const manifestSchema: z.ZodType<RecordedManifest> = z.strictObject({
  ...declaredShape,
  coreMinutes: z.number(),
  missing: z.int().min(1).optional(),
});

const RUNS = 'runs.jsonl';
const MANIFEST = 'manifest.json';

export interface ToDeclare {
  command: string;
  config: Config;
  data: DataRef & DataFacts;
  /** The kit's. */
  root: string;
}

function declare({ command, config, data, root }: ToDeclare): Declared {
  const { description, sha256, provenance, protocol } = data;
  return {
    command,
    ...probeOrigin(root),
    config,
    configSha256: configSha256(config),
    data: { description, sha256, provenance, protocol },
  };
}

/** Writes runs, in the order given, and manifest into a folder of results. */
export function writeRuns<S>(
  folder: string,
  { runs, missing = 0, ...how }: ToDeclare & { runs: readonly Run<S>[]; missing?: number },
): RecordedManifest {
  const coreMinutes = Number((coreSeconds(runs) / 60).toFixed(1));
  const unfinished = missing > 0 ? { missing } : {};
  const manifest: RecordedManifest = { ...declare(how), coreMinutes, ...unfinished };
  const lines = runs.map((run) => JSON.stringify(run)).join('\n');
  writeFileAtomic(join(folder, RUNS), `${lines}\n`);
  writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Copies what `writeRuns` left in `from` to `folder`.
 * @throws UserError as `requireSameRuns`; then nothing is written
 */
export function recordRuns<K extends Kind>(
  problem: Problem<K>,
  from: string,
  folder: string,
  options: RecordOptions = {},
): RecordedManifest {
  const manifest = requireSameRuns(problem, from, folder, options);
  for (const name of [RUNS, MANIFEST]) {
    writeFileAtomic(join(folder, name), readFileSync(join(from, name)), { flush: true });
  }
  return manifest;
}

/**
 * The manifest of the runs in `from`, if they may be recorded in `folder`.
 * @throws UserError if they are missing or broken, or of another preset, other settings or other data than are
 *   recorded
 */
export function requireSameRuns<K extends Kind>(
  problem: Problem<K>,
  from: string,
  folder: string,
  options: RecordOptions = {},
): RecordedManifest {
  const { manifest } = readRuns(problem, from);
  requireSameExperiment(join(folder, MANIFEST), manifest, options);
  return manifest;
}

/** Settings newer than the record have the value of its preset, which is what it was made with. */
function requireSameExperiment(
  file: string,
  { config, data }: Pick<Declared, 'config' | 'data'>,
  { replace = false }: RecordOptions,
): void {
  if (replace || !existsSync(file)) return;
  const declared = readJson(file) as Partial<Declared>;
  const differences =
    declared.config && differencesOf(fromOlder(declared.config), declared.data, config, data);
  if (differences?.length === 0) return;
  throw new UserError(
    `${file} ${differences ? `is of another experiment (recorded and now: ${differences.join('; ')})` : 'does not say with which settings and data it was made'}; ` +
      'nothing is written; to record this one instead: --replace',
    { code: 'MISMATCH', file, field: differences?.[0] ?? 'config', value: config.preset },
  );
}

function differencesOf(
  { preset, ...settings }: Config,
  declaredData: DataRef | undefined,
  config: Config,
  data: DataRef,
): string[] {
  const other = preset !== config.preset;
  return [
    ...(other ? [`preset ${preset} and ${config.preset}`] : []),
    ...(other || configSha256(buildConfig(preset, settings)) === configSha256(config)
      ? []
      : ['settings']),
    ...(declaredData?.sha256 === data.sha256 ? [] : ['data']),
  ];
}

/**
 * What `writeRuns` or `recordRuns` wrote.
 * @param again the command that makes it, for messages if there is no manifest
 * @throws UserError naming the file, when it is missing or broken
 */
export function readRuns<K extends Kind>(
  problem: Problem<K>,
  folder: string,
  again = 'npx mckd compare, ablate or tune',
): Recorded<K['scores']> {
  const read = <T>(name: string, parse: (text: string, file: string) => T, how: string): T => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      throw new UserError(
        `${file} is missing; make it: ${how}; or, where it is one of the kit’s, check it out again`,
        { code: 'MISSING', file },
      );
    }
    try {
      return parse(decodeUtf8(readFileSync(file)), file);
    } catch (error) {
      throw new UserError(
        `${file} is not what mckd record wrote: ${(error as Error).message}`,
        { code: 'BAD_FILE', file },
        { cause: error },
      );
    }
  };
  const manifest = read(MANIFEST, (text, file) => parseRecord(manifestSchema, text, file), again);
  const schema = runSchema(problem);
  const lines = (text: string, file: string): Run<K['scores']>[] =>
    text
      .trim()
      .split('\n')
      .map((line, i) => parseRecord(schema, line, `${file}, line ${i + 1}`));
  const runs = read(RUNS, lines, manifest.command);
  return { config: manifest.config, runs, manifest };
}

/** A tuning: its table, and how it was made; the first recorded ones lack the latter. */
export interface RecordedTable extends Partial<Declared> {
  table: Table;
}

const recordedTableSchema: z.ZodType<RecordedTable> = z
  .strictObject(declaredShape)
  .partial()
  .extend({ table: tableSchema });

/** Writes a table and how it was made into a folder of results. */
export function writeRecordedTable(file: string, table: Table, how: ToDeclare): void {
  writeFileAtomic(file, `${JSON.stringify({ ...declare(how), table }, null, 2)}\n`);
}

/**
 * What `writeRecordedTable` or `recordTable` wrote.
 * @param again the command that makes it, for messages
 * @throws UserError naming the file, when it is missing or broken
 */
export function readRecordedTable(file: string, again: string): RecordedTable {
  const fix = `make it: ${again}; or, where it is one of the kit’s, check it out again`;
  return readRecord(recordedTableSchema, file, { fix });
}

/**
 * Copies what `writeRecordedTable` left.
 * @throws UserError as `readRecordedTable`, and where `file` is of another preset, other settings or other data
 */
export function recordTable(
  from: string,
  file: string,
  again: string,
  options: RecordOptions = {},
): Table {
  const { table, config, data } = readRecordedTable(from, again);
  if (!config || !data) {
    throw new UserError(`${from} does not say how it was made; make it: ${again}`, {
      code: 'MISMATCH',
      file: from,
      field: 'config',
    });
  }
  requireSameExperiment(file, { config, data }, options);
  writeFileAtomic(file, readFileSync(from), { flush: true });
  return table;
}
