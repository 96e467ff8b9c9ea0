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
    const [cell, recordedCell] = [now, then].map((cells) =>
      cells.find(({ arm, seed }) => arm === run.arm && seed === run.seed),
    );
    const leave = (why: NotRestored): void => {
      result.left.push({ name: cellName(cell ?? { title: run.arm, seed: run.seed }), why });
    };
    if (!cell || !recordedCell) leave('not in the experiment');
    else if (recorded.data.sha256 !== place.data.sha256) leave('other data');
    else if (run.code?.numerics !== NUMERICS[problem.name]) leave('other code');
    else {
      const folder = cellFolder(problem, cell, place);
      if (folder !== cellFolder(problem, recordedCell, place)) leave('other settings');
      else if (existsSync(runFile(folder))) result.there++;
      else {
        const release = await takeLock(folder);
        try {
          writeFileAtomic(runFile(folder), JSON.stringify(run), { flush: true });
        } finally {
          release();
        }
        result.restored++;
      }
    }
  }
  return result;
}
