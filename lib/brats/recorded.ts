/** The committed trainings on phantoms: the comparison, the ablations, the rivals, single scans, the tuned settings. */
import { existsSync } from 'node:fs';
import { shippedFile } from '../base/shipped-file';
import { readRecordedTable, readRuns, type Recorded } from '../experiment/record';
import type { Table } from '../report/tables';
import { brats } from './problem';
import type { BratsScores } from './run-record';

export { unlikeShipped } from './infer/shipped';

/** @throws UserError naming the file, when it is missing or broken */
export function recordedBrats(
  folder = shippedFile('recorded', 'brats-standard'),
): Recorded<BratsScores> {
  return readRuns(brats, folder, 'npx mckd compare --preset standard');
}

/** @throws UserError naming the file, when it is missing or broken */
export function recordedAblations(
  folder = shippedFile('recorded', 'brats-ablations'),
): Recorded<BratsScores> {
  return readRuns(brats, folder, 'npx mckd ablate --preset standard');
}

/** @throws UserError naming the file, when it is missing or broken */
export function recordedRivals(
  folder = shippedFile('recorded', 'brats-rivals'),
): Recorded<BratsScores> {
  return readRuns(brats, folder, 'npx mckd experiment run rivals --preset quick');
}

/**
 * The committed trainings of `rivals` at `standard`, as far as they are; undefined if none are.
 * @throws UserError naming the file, when it is broken
 */
export function recordedStandardRivals(
  folder = shippedFile('recorded', 'brats-rivals-standard'),
): Recorded<BratsScores> | undefined {
  if (!existsSync(folder)) return undefined;
  return readRuns(brats, folder, 'npx mckd experiment run rivals --preset standard');
}

/**
 * The committed trainings for single scans; undefined if none are.
 * @throws UserError naming the file, when it is broken
 */
export function recordedDedicated(
  folder = shippedFile('recorded', 'brats-dedicated'),
): Recorded<BratsScores> | undefined {
  if (!existsSync(folder)) return undefined;
  return readRuns(brats, folder, 'npx mckd experiment run dedicated --preset quick');
}

/** @throws UserError naming the file, when it is missing or broken */
export function recordedTuning(file = shippedFile('recorded', 'brats-settings.json')): Table {
  return readRecordedTable(file, 'npx mckd tune brats').table;
}
