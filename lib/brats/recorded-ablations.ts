/** The committed ablations: every finished training of them, and how they were made. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config';
import { readRecordedRuns, recordRuns, type RecordedManifest } from '../recorded-runs';
import type { AblationResults } from './ablation-table';
import type { BratsDataRecord } from './recorded';
import type { BratsRun } from './task';

export interface RecordedAblations extends AblationResults {
  manifest: RecordedManifest<BratsDataRecord>;
}

/** lib/recorded, seen from lib/dist/brats. */
const FOLDER = join(__dirname, '..', '..', 'recorded', 'brats-ablations');

/** Are there any? */
export function hasRecordedAblations(folder: string = FOLDER): boolean {
  return existsSync(join(folder, 'manifest.json'));
}

/**
 * The committed runs, ready for the same table and figures as fresh ones.
 * @throws ReaderError naming the file, when it is missing or broken
 */
export function recordedAblations(folder: string = FOLDER): RecordedAblations {
  const { manifest, runs } = readRecordedRuns<BratsRun, BratsDataRecord>(
    folder,
    'mckd ablate --preset standard --record',
  );
  return { config: manifest.config, runs, manifest };
}

/** Writes runs and manifest. */
export function recordAblations(
  config: Config,
  runs: readonly BratsRun[],
  data: BratsDataRecord,
  root: string,
  folder: string = FOLDER,
): RecordedManifest<BratsDataRecord> {
  return recordRuns(folder, {
    command: `npx mckd ablate --preset ${config.preset}`,
    config,
    runs,
    data,
    seconds: runs.reduce((sum, { seconds }) => sum + seconds.training, 0),
    root,
  });
}
