/**
 * Long runs that are committed with the kit: every finished run, one JSON a line, and the manifest that
 * says how they were made. `mckd record` writes both from a results folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config';
import { ReaderError } from './errors';
import { decodeUtf8, parseJson } from './json';
import { configSha256, probeOrigin, type Origin } from './manifest';
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

/** Writes runs.jsonl and manifest.json into the folder. */
export function recordRuns<Run, Data>(
  folder: string,
  { command, config, runs, data, seconds, root }: RunsToRecord<Run, Data>,
): RecordedManifest<Data> {
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

/**
 * What `recordRuns` wrote.
 * @param command what makes it anew, for messages
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function readRecordedRuns<Run, Data>(
  folder: string,
  command: string,
): { manifest: RecordedManifest<Data>; runs: Run[] } {
  const read = <T>(name: string, parse: (text: string, file: string) => T): T => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      throw new ReaderError(`${file} is missing; check out the kit anew, or make it: ${command}`, {
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
  return {
    manifest: read(
      'manifest.json',
      (text, file) => parseJson(text, file) as RecordedManifest<Data>,
    ),
    runs: read('runs.jsonl', (text, file) =>
      text
        .trim()
        .split('\n')
        .map((line, i) => parseJson(line, `${file}, line ${i + 1}`) as Run),
    ),
  };
}
