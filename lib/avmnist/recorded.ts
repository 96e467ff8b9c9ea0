/** The committed long run of Audiovision-MNIST: every finished run of preset `paper`. */
import { join } from 'node:path';
import type { Config } from '../config';
import type { AvMnist } from '../data/avmnist';
import type { DataFacts } from '../data/provenance';
import { readRecordedRuns, recordRuns, type RecordedManifest } from '../recorded-runs';
import type { AvResults } from './results';
import type { AvRun } from './run';

type AvData = { sha256: string } & Pick<AvMnist, keyof DataFacts | 'speechDescription'>;

export interface RecordedAvMnist extends AvResults {
  manifest: RecordedManifest<AvData>;
}

/** lib/recorded, seen from lib/dist/avmnist. */
const FOLDER = join(__dirname, '..', '..', 'recorded', 'av-mnist-paper');

/**
 * The committed runs, ready for the same tables and figures as fresh ones.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function recordedAvMnist(folder: string = FOLDER): RecordedAvMnist {
  const { manifest, runs } = readRecordedRuns<AvRun, AvData>(folder, 'mckd record av-mnist');
  return { config: manifest.config, runs, speech: manifest.data, manifest };
}

/** Writes runs and manifest; the runs in the order given. */
export function recordAvMnist(
  config: Config,
  runs: readonly AvRun[],
  data: AvData,
  root: string,
  folder: string = FOLDER,
): RecordedManifest<AvData> {
  const { sha256, provenance, protocol, speechDescription } = data;
  return recordRuns(folder, {
    command: `npm start -- --preset ${config.preset} --only 06`,
    config,
    runs,
    data: { sha256, provenance, protocol, speechDescription },
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    root,
  });
}
