/**
 * Long runs that are committed with the kit: every finished run, one JSON a line, and the manifest that says how they
 * were made. A command leaves both in results/; `mckd record` keeps them with the kit, where they are of the
 * experiment that is kept there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildConfig, type Config } from '../config';
import { ReaderError } from '../base/errors';
import { readJson } from '../base/json';
import { parseRecord } from '../base/json-record';
import { configSha256 } from '../report/manifest';
import { originShape, probeOrigin, type Origin } from '../report/origin';
import { decodeUtf8 } from '../base/text';
import { writeFileWhole } from '../base/write-file';

/** How something recorded was made. `Data` says what it was made on. */
export interface Declared<Data> extends Origin {
  /** The command that made the runs. */
  command: string;
  config: Config;
  configSha256: string;
  data: Data;
}

export interface RecordedManifest<Data> extends Declared<Data> {
  /** Training time of all runs, each on one core. */
  coreMinutes: number;
}

export interface RecordOptions {
  /** Record another preset, other settings or other data than those that are there. */
  replace?: boolean;
}

/** A recorded config may be older than a setting, so it is no whole `Config` until `buildConfig` has it. */
export const declaredShape = {
  command: z.string(),
  ...originShape,
  config: z.custom<Config>((value) => typeof value === 'object' && value !== null),
  configSha256: z.string(),
};

function manifestSchema<Data>(data: z.ZodType<Data>): z.ZodType<RecordedManifest<Data>> {
  return z.strictObject({ ...declaredShape, data, coreMinutes: z.number() });
}

export interface RunsToWrite<Run, Data> {
  command: string;
  config: Config;
  /** In the order to write. */
  runs: readonly Run[];
  data: Data;
  /** Training time of all runs. */
  seconds: number;
  /** The kit's root. */
  root: string;
}

const RUNS = 'runs.jsonl';
const MANIFEST = 'manifest.json';

/** Writes runs.jsonl and manifest.json into a folder of results. */
export function writeRuns<Run, Data>(
  folder: string,
  { command, config, runs, data, seconds, root }: RunsToWrite<Run, Data>,
): RecordedManifest<Data> {
  const manifest: RecordedManifest<Data> = {
    ...declare(command, config, data, root),
    coreMinutes: Number((seconds / 60).toFixed(1)),
  };
  const lines = runs.map((run) => JSON.stringify(run)).join('\n');
  writeFileWhole(join(folder, RUNS), `${lines}\n`);
  writeFileWhole(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

export function declare<Data>(
  command: string,
  config: Config,
  data: Data,
  root: string,
): Declared<Data> {
  return { command, ...probeOrigin(root), config, configSha256: configSha256(config), data };
}

export interface RecordedRunsOptions<Run, Data> {
  /** Of a line of runs.jsonl. */
  run: z.ZodType<Run>;
  /** Of the manifest's `data`. */
  data: z.ZodType<Data>;
  /** What makes it again, for messages where no manifest says it. */
  command: string;
}

/**
 * Copies what `writeRuns` left in `from` to `folder`.
 * @throws ReaderError as `requireSameRuns`; then nothing is written
 */
export function recordRuns<Run, Data>(
  from: string,
  folder: string,
  of: RecordedRunsOptions<Run, Data>,
  options: RecordOptions = {},
): RecordedManifest<Data> {
  const manifest = requireSameRuns(from, folder, of, options);
  for (const name of [RUNS, MANIFEST]) {
    writeFileWhole(join(folder, name), readFileSync(join(from, name)), { flush: true });
  }
  return manifest;
}

/**
 * The manifest of the runs in `from`, where they may be recorded in `folder`.
 * @throws ReaderError where they are missing or broken, or of another preset, other settings or other data than those there
 */
export function requireSameRuns<Run, Data>(
  from: string,
  folder: string,
  of: RecordedRunsOptions<Run, Data>,
  options: RecordOptions = {},
): RecordedManifest<Data> {
  const { manifest } = readRecordedRuns(from, of);
  requireSameExperiment(join(folder, MANIFEST), manifest, options);
  return manifest;
}

/** Settings that are younger than what is recorded have the value of its preset, which is what it was made with. */
export function requireSameExperiment(
  file: string,
  { config, data }: Pick<Declared<unknown>, 'config' | 'data'>,
  { replace = false }: RecordOptions,
): void {
  if (replace || !existsSync(file)) return;
  const declared = readJson(file) as Partial<Declared<unknown>>;
  const differences =
    declared.config && differencesOf(declared.config, declared.data, config, data);
  if (differences?.length === 0) return;
  throw new ReaderError(
    `${file} ${differences ? `is of another experiment (recorded and now: ${differences.join('; ')})` : 'does not say with which settings and data it was made'}; ` +
      'nothing is written; to record this one in its place: --replace',
    { file, field: differences?.[0] ?? 'config', value: config.preset },
  );
}

function differencesOf(
  { preset, ...settings }: Config,
  declaredData: unknown,
  config: Config,
  data: unknown,
): string[] {
  const hash = (of: unknown): string | undefined => (of as { sha256?: string } | undefined)?.sha256;
  const other = preset !== config.preset;
  return [
    ...(other ? [`preset ${preset} and ${config.preset}`] : []),
    ...(other || configSha256(buildConfig(preset, settings)) === configSha256(config)
      ? []
      : ['settings']),
    ...(hash(declaredData) === hash(data) ? [] : ['data']),
  ];
}

/**
 * What `writeRuns` or `recordRuns` wrote.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function readRecordedRuns<Run, Data>(
  folder: string,
  { run, data, command }: RecordedRunsOptions<Run, Data>,
): { manifest: RecordedManifest<Data>; runs: Run[] } {
  const read = <T>(name: string, parse: (text: string, file: string) => T, again: string): T => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      throw new ReaderError(
        `${file} is missing; make it: ${again}; or, where it is one of the kit’s, check it out again`,
        {
          file,
        },
      );
    }
    try {
      return parse(decodeUtf8(readFileSync(file)), file);
    } catch (error) {
      throw new ReaderError(
        `${file} is not what mckd record wrote: ${(error as Error).message}`,
        { file },
        { cause: error },
      );
    }
  };
  const manifest = read(
    MANIFEST,
    (text, file) => parseRecord(manifestSchema(data), text, file),
    command,
  );
  const lines = (text: string, file: string): Run[] =>
    text
      .trim()
      .split('\n')
      .map((line, i) => parseRecord(run, line, `${file}, line ${i + 1}`));
  return { manifest, runs: read(RUNS, lines, manifest.command) };
}
