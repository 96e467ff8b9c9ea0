/** The committed comparison: every finished training of preset `standard` on the phantom. */
import { join } from 'node:path';
import type { Config } from '../config';
import { readRecordedRuns, recordRuns, type RecordedManifest } from '../recorded-runs';
import type { BratsRun } from './task';

/** What the trainings read. */
export interface BratsDataRecord {
  /** In words, for captions. */
  description: string;
  /** `hashDataSet` of it. */
  sha256: string;
}

/** lib/recorded, seen from lib/dist/brats. */
const FOLDER = join(__dirname, '..', '..', 'recorded', 'brats-standard');

/** @throws ReaderError naming the file, when it is missing or broken */
export function recordedBrats(folder: string = FOLDER): {
  manifest: RecordedManifest<BratsDataRecord>;
  runs: BratsRun[];
} {
  return readRecordedRuns<BratsRun, BratsDataRecord>(
    folder,
    'mckd compare --preset standard --record',
  );
}

/** Writes runs and manifest. */
export function recordBrats(
  config: Config,
  runs: readonly BratsRun[],
  data: BratsDataRecord,
  root: string,
  folder: string = FOLDER,
): RecordedManifest<BratsDataRecord> {
  return recordRuns(folder, {
    command: `npx mckd compare --preset ${config.preset}`,
    config,
    runs,
    data,
    seconds: runs.reduce((sum, { seconds }) => sum + seconds.training, 0),
    root,
  });
}
