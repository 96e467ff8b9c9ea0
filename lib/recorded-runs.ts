/**
 * Long runs that are committed with the kit: every finished run, one JSON a line, and the manifest that
 * says how they were made. `mckd record` writes both from a results folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildConfig, type Config } from './config';
import { ReaderError } from './errors';
import { decodeUtf8, readJson } from './json';
import { parseRecord } from './json-record';
import { configSha256, originShape, probeOrigin, type Origin } from './manifest';
import { writeFileWhole } from './write-file';

/** How recorded runs were made. `Data` says what they were made on. */
export interface RecordedManifest<Data> extends Origin {
  /** The command that made the runs. */
  command: string;
  config: Config;
  configSha256: string;
  data: Data;
  /** Training time of all runs, each on one core. */
  coreMinutes: number;
}

/** A recorded config may be older than a setting, so it is no whole `Config` until `buildConfig` has it. */
function manifestSchema<Data>(data: z.ZodType<Data>): z.ZodType<RecordedManifest<Data>> {
  return z.strictObject({
    command: z.string(),
    ...originShape,
    config: z.custom<Config>((value) => typeof value === 'object' && value !== null),
    configSha256: z.string(),
    data,
    coreMinutes: z.number(),
  });
}

export interface RunsToRecord<Run, Data> {
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

/**
 * Writes runs.jsonl and manifest.json into the folder.
 * @throws ReaderError where the folder holds runs of another preset, other settings or other data: what is recorded stays
 */
export function recordRuns<Run, Data>(
  folder: string,
  { command, config, runs, data, seconds, root }: RunsToRecord<Run, Data>,
): RecordedManifest<Data> {
  requireSameExperiment(folder, config, data);
  const manifest: RecordedManifest<Data> = {
    command,
    ...probeOrigin(root),
    config,
    configSha256: configSha256(config),
    data,
    coreMinutes: Number((seconds / 60).toFixed(1)),
  };
  const lines = runs.map((run) => JSON.stringify(run)).join('\n');
  writeFileWhole(join(folder, 'runs.jsonl'), `${lines}\n`);
  writeFileWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Settings that are younger than the record have the value of its preset, which is what it was made with. */
function requireSameExperiment(folder: string, config: Config, data: unknown): void {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return;
  const declared = readJson(file) as RecordedManifest<{ sha256?: string }>;
  const { preset, ...settings } = declared.config;
  const hash = (of: unknown): string | undefined => (of as { sha256?: string }).sha256;
  const differences = [
    ...(preset === config.preset ? [] : [`preset ${preset} and ${config.preset}`]),
    ...(preset !== config.preset ||
    configSha256(buildConfig(preset, settings)) === configSha256(config)
      ? []
      : ['settings']),
    ...(hash(declared.data) === hash(data) ? [] : ['data']),
  ];
  if (differences.length === 0) return;
  throw new ReaderError(
    `${folder} holds runs of another experiment (recorded and now: ${differences.join('; ')}); nothing is written; ` +
      'move the folder away to record another one in its place',
    { file, field: differences[0], value: config.preset },
  );
}

export interface RecordedRunsOptions<Run, Data> {
  /** Of a line of runs.jsonl. */
  run: z.ZodType<Run>;
  /** Of the manifest's `data`. */
  data: z.ZodType<Data>;
  /** What makes it anew, for messages where no manifest says it. */
  command: string;
}

/**
 * What `recordRuns` wrote.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function readRecordedRuns<Run, Data>(
  folder: string,
  { run, data, command }: RecordedRunsOptions<Run, Data>,
): { manifest: RecordedManifest<Data>; runs: Run[] } {
  const read = <T>(name: string, parse: (text: string, file: string) => T, again: string): T => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      throw new ReaderError(`${file} is missing; check out the kit anew, or make it: ${again}`, {
        file,
      });
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
    'manifest.json',
    (text, file) => parseRecord(manifestSchema(data), text, file),
    command,
  );
  const lines = (text: string, file: string): Run[] =>
    text
      .trim()
      .split('\n')
      .map((line, i) => parseRecord(run, line, `${file}, line ${i + 1}`));
  return { manifest, runs: read('runs.jsonl', lines, manifest.command) };
}
