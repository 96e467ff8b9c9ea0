/** Everything recorded that a claim may stand on. */
import { existsSync } from 'node:fs';
import { AV_EXPERIMENTS, type AvExperimentName } from '../avmnist/declared';
import { recordedAvMnist, recordedAvRivals, recordedDeclared } from '../avmnist/recorded';
import type { AvScores } from '../avmnist/run';
import { shippedFile } from '../base/shipped-file';
import { recordedAblations, recordedBrats, recordedRivals } from '../brats/recorded';
import type { BratsScores } from '../brats/run-record';
import { recordedParity, type RecordedParity } from '../checks/parity/recorded';
import type { Run } from '../experiment/experiment';
import type { Recorded } from '../experiment/record';

/** A recorded experiment, read only. */
export type Kept<S> = Omit<Recorded<S>, 'runs'> & { runs: readonly Run<S>[] };

/** What is not recorded is absent, and leaves its claims open. */
export interface Records {
  parity?: RecordedParity;
  /** Complete modalities, random subsets, MCKD. */
  comparison?: Kept<BratsScores>;
  rivals?: Kept<BratsScores>;
  ablations?: Kept<BratsScores>;
  /** Bounds and three methods at every rate. */
  audiovision?: Kept<AvScores>;
  /** Every row of the published tables. */
  audiovisionRivals?: Kept<AvScores>;
  /** One question each. */
  declared: Partial<Record<AvExperimentName, Kept<AvScores>>>;
}

/** @throws UserError naming the file, when a record is broken; a missing one is left out */
export function readRecords(): Records {
  const ifThere = <T>(name: string, read: () => T): T | undefined =>
    existsSync(shippedFile('recorded', name)) ? read() : undefined;
  const names = Object.keys(AV_EXPERIMENTS) as AvExperimentName[];
  return {
    parity: ifThere('parity.json', recordedParity),
    comparison: ifThere('brats-standard', recordedBrats),
    rivals: ifThere('brats-rivals', recordedRivals),
    ablations: ifThere('brats-ablations', recordedAblations),
    audiovision: ifThere('av-mnist-paper', recordedAvMnist),
    audiovisionRivals: recordedAvRivals(),
    declared: Object.fromEntries(names.map((name) => [name, recordedDeclared(name)])),
  };
}
