/** `mckd compare`: trains what is missing with a progress bar, then prints and keeps the tables. */
import { join } from 'node:path';
import {
  finishedComparison,
  runComparison,
  saveTable,
  subsetTable,
  tableToMarkdown,
  writeComparison,
} from '@mckd/lib';
import type { TrainingsOptions } from './commands/arguments';
import { openTrainings, showTrainings, tellHowToKeep } from './trainings';

export async function compare(options: TrainingsOptions): Promise<void> {
  const { config, root, results, place, data } = await openTrainings(options);
  if (!(await showTrainings((signal) => runComparison(config, { ...place, signal })))) return;
  const runs = finishedComparison(config, place);
  for (const set of ['test', 'metaValidation'] as const) {
    const { description, provenance, protocol } = data;
    const table = subsetTable(runs, { data: description, provenance, protocol, set });
    saveTable(results, table);
    if (set === 'test') console.log(tableToMarkdown(table));
  }
  console.log(`tables in ${results}`);
  const left = join(results, 'comparison');
  writeComparison(left, { config, runs, data, root });
  tellHowToKeep('brats-standard', options, left);
}
