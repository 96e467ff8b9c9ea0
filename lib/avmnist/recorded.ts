/** The committed long run of Audiovision-MNIST: every finished run of preset `paper`. */
import { z } from 'zod';
import type { PresetName } from '../config';
import type { AvMnist } from '../datasets/av-mnist/avmnist';
import { dataFactsShape, type DataFacts } from '../datasets/provenance';
import {
  readRecordedRuns,
  recordRuns,
  writeRuns,
  type RecordedManifest,
  type RecordedRunsOptions,
  type RecordOptions,
  type RunsToWrite,
} from '../experiment/recorded-runs';
import type { AvResults } from './results';
import type { AvRun } from './run';
import { avRunSchema } from './run-record';
import { shippedFile } from '../base/shipped-file';

type AvData = { sha256: string } & Pick<AvMnist, keyof DataFacts | 'speechDescription'>;

const avDataSchema: z.ZodType<AvData> = z.strictObject({
  sha256: z.string(),
  speechDescription: z.string(),
  ...dataFactsShape,
});

export interface RecordedAvMnist extends AvResults {
  manifest: RecordedManifest<AvData>;
}

const FOLDER = shippedFile('recorded', 'av-mnist-paper');

const commandOf = (preset: PresetName): string => `npm start -- --preset ${preset} --only 06`;

const RECORDED: RecordedRunsOptions<AvRun, AvData> = {
  run: avRunSchema,
  data: avDataSchema,
  command: `${commandOf('paper')}, then mckd record av-mnist-paper`,
};

/**
 * The committed runs, ready for the same tables and figures as fresh ones.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function recordedAvMnist(folder: string = FOLDER): RecordedAvMnist {
  const { manifest, runs } = readRecordedRuns(folder, RECORDED);
  return { config: manifest.config, runs, speech: manifest.data, manifest };
}

/** Writes runs and manifest into a folder of results, for `mckd record`; the runs in the order given. */
export function writeAvMnist(
  folder: string,
  { config, runs, data, root }: Omit<RunsToWrite<AvRun, AvData>, 'command' | 'seconds'>,
): RecordedManifest<AvData> {
  const { sha256, provenance, protocol, speechDescription } = data;
  return writeRuns(folder, {
    command: commandOf(config.preset),
    config,
    runs,
    data: { sha256, provenance, protocol, speechDescription },
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    root,
  });
}

/** Copies what `writeAvMnist` left, as `recordRuns` does. */
export function recordAvMnist(
  from: string,
  folder: string,
  options: RecordOptions,
): RecordedManifest<AvData> {
  return recordRuns(from, folder, RECORDED, options);
}
