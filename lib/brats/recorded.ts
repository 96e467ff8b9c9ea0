/** The committed trainings of preset `standard` on the phantom: the comparison, and the ablations. */
import { basename } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config';
import { dataFactsShape, type DataFacts } from '../datasets/provenance';
import {
  readRecordedRuns,
  recordRuns,
  requireSameRuns,
  writeRuns,
  type RecordedManifest,
  type RecordedRunsOptions,
  type RecordOptions,
} from '../experiment/recorded-runs';
import { bratsRunSchema } from './run-record';
import { meanTrainingSeconds } from './step-seconds';
import type { BratsRun } from './run-record';
import { shippedFile } from '../base/shipped-file';

/** What the trainings read. */
export interface BratsDataRecord extends DataFacts {
  /** In words, for captions. */
  description: string;
  /** `hashDataSet` of it. */
  sha256: string;
}

export const bratsDataSchema: z.ZodType<BratsDataRecord> = z.strictObject({
  description: z.string(),
  sha256: z.string(),
  ...dataFactsShape,
});

/** Finished trainings and how they were made, ready for the tables that fresh ones have. */
export interface RecordedTrainings {
  config: Config;
  runs: BratsRun[];
  manifest: RecordedManifest<BratsDataRecord>;
}

/** A command whose trainings are recorded. */
type Command = 'compare' | 'ablate';

const FOLDERS: Record<Command, string> = {
  compare: shippedFile('recorded', 'brats-standard'),
  ablate: shippedFile('recorded', 'brats-ablations'),
};

function recordedAs(command: Command): RecordedRunsOptions<BratsRun, BratsDataRecord> {
  return {
    run: bratsRunSchema,
    data: bratsDataSchema,
    command: `mckd ${command} --preset standard, then mckd record ${basename(FOLDERS[command])}`,
  };
}

function read(command: Command, folder: string): RecordedTrainings {
  const { manifest, runs } = readRecordedRuns(folder, recordedAs(command));
  return { config: manifest.config, runs, manifest };
}

/** @throws ReaderError naming the file, when it is missing or broken */
export function recordedBrats(folder: string = FOLDERS.compare): RecordedTrainings {
  return read('compare', folder);
}

/** @throws ReaderError naming the file, when it is missing or broken */
export function recordedAblations(folder: string = FOLDERS.ablate): RecordedTrainings {
  return read('ablate', folder);
}

export interface TrainingsToWrite {
  config: Config;
  runs: readonly BratsRun[];
  data: BratsDataRecord;
  /** The kit's. */
  root: string;
}

/** What a run took, times its threads. */
function onOneCore({ threads = 1, seconds }: BratsRun): { seconds: { training?: number } } {
  const { training } = seconds;
  return { seconds: { training: training === undefined ? undefined : threads * training } };
}

function write(
  command: Command,
  folder: string,
  { config, runs, ...rest }: TrainingsToWrite,
): RecordedManifest<BratsDataRecord> {
  return writeRuns(folder, {
    command: `npx mckd ${command} --preset ${config.preset}`,
    config,
    runs,
    seconds: (meanTrainingSeconds(runs.map(onOneCore)) ?? 0) * runs.length,
    ...rest,
  });
}

/** Writes runs and manifest of a comparison into a folder of results, for `mckd record`. */
export function writeComparison(
  folder: string,
  trainings: TrainingsToWrite,
): RecordedManifest<BratsDataRecord> {
  return write('compare', folder, trainings);
}

/** Writes runs and manifest of ablations into a folder of results, for `mckd record`. */
export function writeAblations(
  folder: string,
  trainings: TrainingsToWrite,
): RecordedManifest<BratsDataRecord> {
  return write('ablate', folder, trainings);
}

/** Copies what `writeComparison` left, as `recordRuns` does; not the networks. */
export function recordComparison(
  from: string,
  folder: string,
  options: RecordOptions,
): RecordedManifest<BratsDataRecord> {
  return recordRuns(from, folder, recordedAs('compare'), options);
}

/** The manifest of what `writeComparison` left, where `recordComparison` would copy it. */
export function requireSameComparison(
  from: string,
  folder: string,
  options: RecordOptions,
): RecordedManifest<BratsDataRecord> {
  return requireSameRuns(from, folder, recordedAs('compare'), options);
}

/** Copies what `writeAblations` left, as `recordRuns` does. */
export function recordAblations(
  from: string,
  folder: string,
  options: RecordOptions,
): RecordedManifest<BratsDataRecord> {
  return recordRuns(from, folder, recordedAs('ablate'), options);
}
