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
import { endingLines, openTrainings, showTrainings } from './trainings';

/** @throws ReaderError as `openTrainings` and `runComparison` */
export async function compare(options: TrainingsOptions): Promise<void> {
  const { config, root, results, place, data, report } = await openTrainings(options);
  const start = (signal: AbortSignal): ReturnType<typeof runComparison> =>
    runComparison(config, { ...place, signal });
  if (!(await showTrainings(start, report))) return;
  const runs = finishedComparison(config, place);
  const { description, provenance, protocol } = data;
  const [table, metaValidation] = (['test', 'metaValidation'] as const).map((set) =>
    subsetTable(runs, { data: description, provenance, protocol, set }),
  );
  for (const one of [table, metaValidation]) saveTable(results, one);
  const left = join(results, 'comparison');
  writeComparison(left, { config, runs, data, root });
  const lines = [tableToMarkdown(table), `tables in ${results}`];
  report.result(
    { results, table, metaValidation },
    endingLines('brats-standard', options, { lines, left }),
  );
}
