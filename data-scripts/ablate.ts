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
import { openTrainings, showTrainings, tellHowToKeep } from './trainings';

export async function ablate(options: TrainingsOptions): Promise<void> {
  const { config, root, results, place, data } = await openTrainings(options);
  const start = (signal: AbortSignal): ReturnType<typeof runAblations> =>
    runAblations(config, { ...place, signal });
  if (!(await showTrainings(start, ablationMethods(config)))) return;
  const runs = finishedAblations(config, place);
  const table = ablationTable({ config, runs }, { data: data.description });
  saveTable(results, table);
  console.log(tableToMarkdown(table));
  console.log(`table in ${results}`);
  const left = join(results, 'ablations');
  writeAblations(left, { config, runs, data, root });
  tellHowToKeep('brats-ablations', options, left);
}
