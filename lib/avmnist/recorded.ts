/**
 * The committed long run of Audiovision-MNIST: every finished run of preset `paper`, one JSON a line,
 * and the manifest that says how it was made. `mckd record av-mnist` writes both from a results folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config';
import type { AvMnist } from '../data/avmnist';
import { ReaderError } from '../errors';
import {
  configSha256,
  probeHardware,
  probeKit,
  probeVersions,
  type Hardware,
  type KitState,
  type Versions,
} from '../manifest';
import { writeFileWhole } from '../write-file';
import type { AvResults } from './results';
import type { AvRun } from './run';

export interface RecordedManifest {
  /** The command that made the runs. */
  command: string;
  /** The kit when the runs were recorded. */
  kit: KitState;
  versions: Versions;
  hardware: Hardware;
  config: Config;
  configSha256: string;
  data: { sha256: string } & Pick<AvMnist, 'speechSource' | 'speechDescription'>;
  /** Training time of all runs, each on one core. */
  coreMinutes: number;
}

export interface RecordedAvMnist extends AvResults {
  manifest: RecordedManifest;
}

/** lib/recorded, seen from lib/dist/avmnist. */
const FOLDER = join(__dirname, '..', '..', 'recorded', 'av-mnist-paper');

/**
 * The committed runs, ready for the same tables and figures as fresh ones.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function recordedAvMnist(folder: string = FOLDER): RecordedAvMnist {
  const manifest = readParsed(
    join(folder, 'manifest.json'),
    (text) => JSON.parse(text) as RecordedManifest,
  );
  const runs = readParsed(join(folder, 'runs.jsonl'), (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AvRun),
  );
  return { config: manifest.config, runs, speech: manifest.data, manifest };
}

function readParsed<T>(file: string, parse: (text: string) => T): T {
  if (!existsSync(file)) {
    throw new ReaderError(
      `${file} is missing; check out the kit anew, or make it: mckd record av-mnist`,
      { file },
    );
  }
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ReaderError(
      `${file} is not what mckd record wrote: ${(error as Error).message}`,
      { file },
      { cause: error },
    );
  }
}

/** Writes runs and manifest; the runs in the order given. */
export function recordAvMnist(
  config: Config,
  runs: readonly AvRun[],
  data: Pick<AvMnist, 'sha256' | 'speechSource' | 'speechDescription'>,
  root: string,
  folder: string = FOLDER,
): RecordedManifest {
  const { sha256, speechSource, speechDescription } = data;
  const manifest: RecordedManifest = {
    command: `npm start -- --preset ${config.preset} --only 06`,
    kit: probeKit(root),
    versions: probeVersions(),
    hardware: probeHardware(),
    config,
    configSha256: configSha256(config),
    data: { sha256, speechSource, speechDescription },
    coreMinutes: Number((runs.reduce((sum, run) => sum + run.seconds, 0) / 60).toFixed(1)),
  };
  writeFileWhole(
    join(folder, 'runs.jsonl'),
    runs.map((run) => JSON.stringify(run)).join('\n') + '\n',
  );
  writeFileWhole(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
  return manifest;
}
