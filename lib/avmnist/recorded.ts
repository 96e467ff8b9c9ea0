/** The committed long run of Audiovision-MNIST, every finished run of preset `paper`; and the tuned settings. */
import { existsSync } from 'node:fs';
import { shippedFile } from '../base/shipped-file';
import {
  readRecordedTable,
  readRuns,
  type Recorded,
  type RecordedManifest,
} from '../experiment/record';
import type { Table } from '../report/tables';
import type { AvExperimentName } from './declared';
import { avMnist } from './problem';
import type { AvResults } from './results';
import type { AvScores } from './run';

export interface RecordedAvMnist extends AvResults {
  manifest: RecordedManifest;
}

/**
 * The committed runs, ready for the same tables and figures as fresh ones.
 * @throws UserError naming the file, when it is missing or broken
 */
export function recordedAvMnist(
  folder = shippedFile('recorded', 'av-mnist-paper'),
): RecordedAvMnist {
  const again = 'npm start -- --preset paper --only 06, then mckd record av-mnist-paper';
  const recorded: Recorded<AvScores> = readRuns(avMnist, folder, again);
  return { ...recorded, data: recorded.manifest.data };
}

/**
 * The committed runs of a declared experiment; undefined if none are.
 * @throws UserError naming the file, when it is broken
 */
export function recordedDeclared(
  name: AvExperimentName,
  folder = shippedFile('recorded', name),
): Recorded<AvScores> | undefined {
  if (!existsSync(folder)) return undefined;
  return readRuns(avMnist, folder, `npx mckd experiment run ${name} --preset paper`);
}

/**
 * The committed runs of every row of the published tables; undefined if none are.
 * @throws UserError naming the file, when it is broken
 */
export function recordedAvRivals(
  folder = shippedFile('recorded', 'av-rivals'),
): Recorded<AvScores> | undefined {
  if (!existsSync(folder)) return undefined;
  return readRuns(avMnist, folder, 'npx mckd experiment run av-rivals --preset paper');
}

/** @throws UserError naming the file, when it is missing or broken */
export function recordedAvTuning(file = shippedFile('recorded', 'av-mnist-settings.json')): Table {
  return readRecordedTable(file, 'npx mckd tune av-mnist').table;
}
