/** The committed long run of Audiovision-MNIST: every finished run of preset `paper`. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config';
import type { AvMnist } from '../data/avmnist';
import { dataFactsShape, type DataFacts } from '../data/provenance';
import { readRecordedRuns, recordRuns, type RecordedManifest } from '../recorded-runs';
import type { AvResults } from './results';
import type { AvRun } from './run';
import { avRunSchema } from './run-record';

type AvData = { sha256: string } & Pick<AvMnist, keyof DataFacts | 'speechDescription'>;

const avDataSchema: z.ZodType<AvData> = z.strictObject({
  sha256: z.string(),
  speechDescription: z.string(),
  ...dataFactsShape,
});

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
  const { manifest, runs } = readRecordedRuns(folder, {
    run: avRunSchema,
    data: avDataSchema,
    command: 'mckd record av-mnist',
  });
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
