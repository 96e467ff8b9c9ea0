/** The committed trainings of preset `standard` on the phantom: the comparison, and the ablations. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config';
import { dataFactsShape, type DataFacts } from '../data/provenance';
import { readRecordedRuns, recordRuns, type RecordedManifest } from '../recorded-runs';
import { bratsRunSchema } from './run-record';
import { meanTrainingSeconds } from './step-seconds';
import type { BratsRun } from './task';

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

/** lib/recorded, seen from lib/dist/brats. */
const FOLDERS: Record<Command, string> = {
  compare: join(__dirname, '..', '..', 'recorded', 'brats-standard'),
  ablate: join(__dirname, '..', '..', 'recorded', 'brats-ablations'),
};

function read(command: Command, folder: string): RecordedTrainings {
  const { manifest, runs } = readRecordedRuns(folder, {
    run: bratsRunSchema,
    data: bratsDataSchema,
    command: `mckd ${command} --preset standard --record`,
  });
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

interface TrainingsToRecord {
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
  { config, runs, ...rest }: TrainingsToRecord,
): RecordedManifest<BratsDataRecord> {
  return recordRuns(folder, {
    command: `npx mckd ${command} --preset ${config.preset}`,
    config,
    runs,
    seconds: (meanTrainingSeconds(runs.map(onOneCore)) ?? 0) * runs.length,
    ...rest,
  });
}

/** Writes runs and manifest of a comparison. */
export function recordBrats(
  config: Config,
  runs: readonly BratsRun[],
  data: BratsDataRecord,
  root: string,
  folder: string = FOLDERS.compare,
): RecordedManifest<BratsDataRecord> {
  return write('compare', folder, { config, runs, data, root });
}

/** Writes runs and manifest of ablations. */
export function recordAblations(
  config: Config,
  runs: readonly BratsRun[],
  data: BratsDataRecord,
  root: string,
  folder: string = FOLDERS.ablate,
): RecordedManifest<BratsDataRecord> {
  return write('ablate', folder, { config, runs, data, root });
}
