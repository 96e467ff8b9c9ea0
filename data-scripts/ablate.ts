/** `mckd ablate`: trains what is missing with a progress bar, then prints and keeps the table. */
import { join } from 'node:path';
import {
  ablationMethods,
  ablationTable,
  finishedAblations,
  runAblations,
  saveTable,
  tableToMarkdown,
  writeAblations,
} from '@mckd/lib';
import type { TrainingsOptions } from './commands/arguments';
import { endingLines, openTrainings, showTrainings } from './trainings';

/** @throws ReaderError as `openTrainings` and `runAblations` */
export async function ablate(options: TrainingsOptions): Promise<void> {
  const { config, root, results, place, data, report } = await openTrainings(options);
  const start = (signal: AbortSignal): ReturnType<typeof runAblations> =>
    runAblations(config, { ...place, signal });
  if (!(await showTrainings(start, report, ablationMethods(config)))) return;
  const runs = finishedAblations(config, place);
  const table = ablationTable({ config, runs }, { data: data.description });
  saveTable(results, table);
  const left = join(results, 'ablations');
  writeAblations(left, { config, runs, data, root });
  const lines = [tableToMarkdown(table), `table in ${results}`];
  report.result({ results, table }, endingLines('brats-ablations', options, { lines, left }));
}
