/** Recorded runs become finished trainings again, so that an experiment goes on where its record ends. */
import { existsSync } from 'node:fs';
import { writeFileAtomic } from '../base/atomic-write';
import { takeLock } from '../base/lock';
import { NUMERICS } from '../base/numerics';
import { cellName, cellsOf } from './cells';
import type { Experiment, Kind, Run } from './experiment';
import { cellFolder, runFile, type KnownPlace } from './store';

/** Why a recorded run is left out. */
export type NotRestored = 'not in the experiment' | 'other settings' | 'other data' | 'other code';

export interface RestoredRuns {
  restored: number;
  /** That were finished already. */
  there: number;
  left: { name: string; why: NotRestored }[];
}

/** What was recorded, as the experiment that its own config declares. */
export interface RecordedExperiment<K extends Kind> {
  experiment: Experiment<K>;
  runs: readonly Run<K['scores']>[];
  data: KnownPlace['data'];
}

/**
 * Writes each recorded run where its training would, if a training now would be of the same settings, seed, data and
 * numerics. Checkpoints are not recorded, so a restored training has its scores alone.
 *
 * @throws UserError where another process trains one of them, or the folder can't be written
 */
export async function restoreRuns<K extends Kind>(
  experiment: Experiment<K>,
  place: KnownPlace,
  recorded: RecordedExperiment<K>,
): Promise<RestoredRuns> {
  const { problem } = experiment;
  const [now, then] = [cellsOf(experiment), cellsOf(recorded.experiment)];
  const result: RestoredRuns = { restored: 0, there: 0, left: [] };
  for (const run of recorded.runs) {
    const isOfRun = (cell: { arm: string; seed: number }): boolean =>
      cell.arm === run.arm && cell.seed === run.seed;
    const [cell, recordedCell] = [now.find(isOfRun), then.find(isOfRun)];
    const whyNot = (): NotRestored | undefined => {
      if (!cell || !recordedCell) return 'not in the experiment';
      if (recorded.data.sha256 !== place.data.sha256) return 'other data';
      if (run.code?.numerics !== NUMERICS[problem.name]) return 'other code';
      const same = cellFolder(problem, cell, place) === cellFolder(problem, recordedCell, place);
      return same ? undefined : 'other settings';
    };
    const why = whyNot();
    if (why !== undefined || !cell) {
      const name = cell ? cellName(cell) : cellName({ title: run.arm, seed: run.seed });
      result.left.push({ name, why: why ?? 'not in the experiment' });
      continue;
    }
    const folder = cellFolder(problem, cell, place);
    const file = runFile(folder);
    if (existsSync(file)) {
      result.there++;
      continue;
    }
    const release = await takeLock(folder);
    try {
      writeFileAtomic(file, JSON.stringify(run), { flush: true });
    } finally {
      release();
    }
    result.restored++;
  }
  return result;
}
